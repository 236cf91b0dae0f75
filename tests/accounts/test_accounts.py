"""Several accounts: one at a time, chosen in the session and asked for anew with each request."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import Account, Membership, Role, User
from tests import make

pytestmark = pytest.mark.django_db
BUSINESS = {"name": "Second shop", "time_zone": "Europe/Berlin", "currency": "EUR"}


@pytest.fixture
def alice(client: Client) -> User:
    cache.clear()
    user = make.user("alice")
    make.member(make.account("First shop"), user, Role.OWNER)
    client.force_login(user)
    return user


@pytest.fixture
def second(alice: User) -> Membership:
    return make.member(make.account("Second shop"), alice, Role.VIEWER)


def shown(client: Client) -> str:
    """The name of the account that Home is of."""
    account: Account = client.get("/").context["request"].account
    return account.name


def go(client: Client, account: Account) -> int:
    return client.post(f"/accounts/{account.public_id}/").status_code


def test_the_chosen_account_is_shown_until_another_is(client: Client, second: Membership) -> None:
    assert shown(client) == "First shop"
    assert go(client, second.account) == 302
    assert [shown(client), shown(client)] == ["Second shop"] * 2
    assert go(client, Account.objects.get(name="First shop")) == 302
    assert shown(client) == "First shop"


def test_the_header_leads_to_the_others(client: Client, second: Membership) -> None:
    page = client.get("/").content.decode()

    assert f'action="/accounts/{second.account.public_id}/"' in page
    assert page.count('action="/accounts/') == 1


@pytest.mark.rule("Z3")
def test_a_foreign_account_cannot_be_chosen(client: Client, alice: User) -> None:
    assert go(client, make.account("Charlie’s shop")) == 404
    assert shown(client) == "First shop"


@pytest.mark.rule("Z3")
@pytest.mark.parametrize("how", ["removed", "expired"])
def test_who_is_no_longer_in_the_chosen_account_falls_back(client: Client, second: Membership, how: str) -> None:
    go(client, second.account)
    if how == "removed":
        second.delete()
    else:
        Membership.objects.filter(pk=second.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    assert shown(client) == "First shop"
    assert go(client, second.account) == 404


@pytest.mark.rule("Z3")
def test_the_part_is_that_of_the_chosen_account(client: Client, second: Membership) -> None:
    assert client.get("/settings/business/").status_code == 200
    go(client, second.account)

    assert client.get("/settings/business/").status_code == 403


def test_another_account_is_started_and_shown(client: Client, alice: User) -> None:
    assert client.post("/accounts/new/", BUSINESS)["Location"] == "/"

    assert shown(client) == "Second shop"
    started = Account.objects.get(name="Second shop")
    assert started.memberships.get().role == Role.OWNER
    assert started.trial_ends_at


def test_a_form_that_is_sent_twice_starts_one_account(client: Client, alice: User) -> None:
    for _ in range(2):
        client.post("/accounts/new/", BUSINESS)

    assert Account.objects.filter(name="Second shop").count() == 1


@pytest.mark.rule("P7")
def test_five_accounts_a_day_are_enough(client: Client, alice: User) -> None:
    answers = [client.post("/accounts/new/", BUSINESS | {"name": f"Shop {n}"}).status_code for n in range(6)]

    assert answers == [302] * 5 + [429]


def test_a_name_is_changed(client: Client, alice: User) -> None:
    client.post("/settings/profile/", {"name": "Alice Able"})

    assert User.objects.get().name == "Alice Able"
    assert client.post("/settings/profile/", {"name": " "}).status_code == 422
    assert User.objects.get().name == "Alice Able"


def test_mails_are_chosen_for_one_account(client: Client, alice: User) -> None:
    other = make.member(make.account("Second shop"), alice, Role.ADMIN)

    client.post("/settings/notifications/", {"wants_team_mail": "on"})

    own = alice.memberships.exclude(pk=other.pk).get()
    assert (own.wants_source_mail, own.wants_team_mail) == (False, True)
    other.refresh_from_db()
    assert (other.wants_source_mail, other.wants_team_mail) == (True, True)


def sent_from(client: Client, page: str) -> dict[str, str]:
    """What the forms of a page of this moment say of their account."""
    [said] = set(re.findall(r'name="shown_account" value="([^"]+)"', client.get(page).content.decode()))
    return {"shown_account": said}


# What creates or changes without an id in its address.
FORMS = {
    "/settings/profile/": {"name": "Mallory"},
    "/settings/notifications/": {},
    "/settings/team/leaving/": {},
    "/settings/business/": {"name": "Mallory"},
    "/settings/team/invitation/": {"email": "nora@example.com", "role": "viewer", "sees": "all"},
    "/settings/security/demand/": {"demand": "on"},
    "/settings/audit/export/": {},
    "/files/upload/": {},
}


@pytest.mark.rule("Z3")
@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_a_tab_of_another_account_does_nothing(client: Client, second: Membership, path: str) -> None:
    Membership.objects.filter(pk=second.pk).update(role=Role.OWNER)
    make.prove(client, second.user)
    form = FORMS[path] | sent_from(client, "/settings/team/")
    go(client, second.account)
    before = [list(rows.order_by("pk").values()) for rows in (Account.objects.all(), Membership.objects.all())]

    assert client.post(path, form).status_code == 409
    assert before == [list(rows.order_by("pk").values()) for rows in (Account.objects.all(), Membership.objects.all())]


def test_a_form_of_the_account_that_is_shown_is_taken(client: Client, second: Membership) -> None:
    go(client, second.account)

    assert (
        client.post("/settings/profile/", {"name": "Ali"} | sent_from(client, "/settings/profile/")).status_code == 302
    )
