"""Who is in an account: nobody reaches above their own part, an owner stays, and who is removed is out."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import invitations, team
from accounts.models import Account, Invitation, Membership, Role, User
from putler.tenancy import tenant
from tests import make
from tests.accounts.conftest import mails

pytestmark = pytest.mark.django_db
ROLES = (Role.OWNER, Role.ADMIN, Role.VIEWER)
RANK = {Role.OWNER: 2, Role.ADMIN: 1, Role.VIEWER: 0}


@pytest.fixture
def account() -> Account:
    cache.clear()
    return make.account("Alice’s shop")


@pytest.fixture
def alice(account: Account) -> Membership:
    return make.member(account, make.user("alice"), Role.OWNER)


@pytest.fixture
def bob(account: Account) -> Membership:
    return make.member(account, make.user("bob"), Role.VIEWER)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    make.prove(client, user)
    return client


def told(client: Client) -> str:
    return client.get("/settings/team/").content.decode()


CASES = [(own, has, gets) for own in ROLES for has in ROLES for gets in (*ROLES, None)]


@pytest.mark.rule("Z4")
@pytest.mark.parametrize(("own", "has", "gets"), CASES)
def test_nobody_changes_gives_or_removes_a_role_above_their_own(
    account: Account, alice: Membership, own: Role, has: Role, gets: Role | None
) -> None:
    actor, member = (make.member(account, make.user(name), role) for name, role in (("ada", own), ("ben", has)))
    path = f"/settings/team/{member.public_id}/"

    signed_in(actor.user).post(path if gets else f"{path}removal/", {"role": gets or "", "sees": "all"})

    is_allowed = own != Role.VIEWER and RANK[has] <= RANK[own] and (gets is None or RANK[gets] <= RANK[own])
    found = Membership.objects.filter(pk=member.pk).first()
    assert (found and found.role) == (gets if is_allowed else has)


@pytest.mark.rule("Z4")
def test_an_administrator_cannot_take_the_ownership(account: Account, alice: Membership) -> None:
    ada = make.member(account, make.user("ada"), Role.ADMIN)

    answer = signed_in(ada.user).post(f"/settings/team/{ada.public_id}/ownership/")

    assert answer.status_code == 403
    assert account.memberships.get(role=Role.OWNER) == alice


@pytest.mark.rule("Z4")
@pytest.mark.parametrize("path", ["leaving/", "{0}/removal/", "{0}/"])
def test_the_last_owner_stays(account: Account, alice: Membership, bob: Membership, path: str) -> None:
    client = signed_in(alice.user)

    client.post(f"/settings/team/{path.format(alice.public_id)}", {"role": "viewer", "sees": "all"})

    assert "An account needs an owner" in told(client)
    assert Membership.objects.get(pk=alice.pk).role == Role.OWNER


@pytest.mark.rule("Z4")
@pytest.mark.parametrize("change", [{"expires_at": timezone.now() + timedelta(days=1)}, {"user__is_active": False}])
def test_an_owner_who_will_not_stay_does_not_count(account: Account, alice: Membership, change: dict[str, Any]) -> None:
    other = make.member(account, make.user("olga"), Role.OWNER)
    if "user__is_active" in change:
        User.objects.filter(pk=other.user_id).update(is_active=False)
    else:
        Membership.objects.filter(pk=other.pk).update(**change)

    with tenant(account.pk), pytest.raises(team.TeamError):
        team.leave(alice, now=timezone.now())


def test_the_ownership_is_handed_over(account: Account, alice: Membership, bob: Membership) -> None:
    Membership.objects.filter(pk=bob.pk).update(sources=[1])

    signed_in(alice.user).post(f"/settings/team/{bob.public_id}/ownership/")

    roles = dict(account.memberships.values_list("user__name", "role"))
    assert roles == {"alice": Role.ADMIN, "bob": Role.OWNER}
    assert account.memberships.get(user=bob.user).sources is None
    assert {to for mail in mails() for to in mail.to} == {"alice@example.com", "bob@example.com"}


@pytest.mark.rule("Z3")
def test_who_is_removed_is_out_with_the_next_request(alice: Membership, bob: Membership) -> None:
    his = signed_in(bob.user)
    assert his.get("/").status_code == 200

    signed_in(alice.user).post(f"/settings/team/{bob.public_id}/removal/")

    assert his.get("/")["Location"] == "/start/"
    assert [mail.subject for mail in mails() if mail.to == ["bob@example.com"]] == [
        "You are no longer in Alice’s shop on Putler"
    ]


@pytest.mark.rule("Z4")
@pytest.mark.parametrize("deed", ["removal/", ""])
def test_invitations_of_who_is_removed_or_demoted_no_longer_work(
    account: Account, alice: Membership, deed: str
) -> None:
    ada = make.member(account, make.user("ada"), Role.ADMIN)
    make.invitation(account, by=ada.user)
    make.invitation(account, by=alice.user, email="nick@example.com")

    signed_in(alice.user).post(f"/settings/team/{ada.public_id}/{deed}", {"role": "viewer", "sees": "all"})

    with tenant(account.pk):
        assert [one.email for one in Invitation.objects.filter(account=account)] == ["nick@example.com"]


def test_a_viewer_sees_whom_to_ask_and_nobody_else(account: Account, alice: Membership, bob: Membership) -> None:
    make.member(account, make.user("dan"), Role.VIEWER)
    make.invitation(account, by=alice.user)

    page = told(signed_in(bob.user))

    assert "alice@example.com" in page
    assert "dan@example.com" not in page
    assert "nora@example.com" not in page


@pytest.mark.rule("Z2")
@pytest.mark.parametrize("path", ["", "removal/", "ownership/"])
def test_a_member_of_another_account_is_not_found(alice: Membership, path: str) -> None:
    charlie = make.member(make.account("Another shop"), make.user("charlie"), Role.OWNER)

    answer = signed_in(alice.user).post(f"/settings/team/{charlie.public_id}/{path}", {"role": "viewer"})

    assert answer.status_code == 404
    assert Membership.objects.get(pk=charlie.pk).role == Role.OWNER


def test_a_viewer_is_kept_to_sources_and_let_free_again(account: Account, alice: Membership, bob: Membership) -> None:
    source, client = make.source(account), signed_in(alice.user)
    path = f"/settings/team/{bob.public_id}/"

    client.post(path, {"role": "viewer", "sees": "some", "sources": [str(source.public_id)]})
    assert Membership.objects.get(pk=bob.pk).sources == [source.pk]
    client.post(path, {"role": "viewer", "sees": "all"})
    assert Membership.objects.get(pk=bob.pk).sources is None


@pytest.mark.rule("Z5")
@pytest.mark.parametrize("which", ["none", "of another account"])
def test_a_restriction_to_nothing_is_refused(account: Account, alice: Membership, bob: Membership, which: str) -> None:
    foreign = make.source(make.account("Another shop"))
    chosen = [] if which == "none" else [str(foreign.public_id)]

    answer = signed_in(alice.user).post(
        f"/settings/team/{bob.public_id}/", {"role": "viewer", "sees": "some", "sources": chosen}
    )

    assert answer.status_code == 422
    assert Membership.objects.get(pk=bob.pk).sources is None


def race(*deeds: Callable[[], None]) -> list[str]:
    """Do all at once, each on a connection of its own; answers what was refused."""
    ready, refused = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], None]) -> None:
        try:
            ready.wait(timeout=10)
            deed()
        except team.TeamError as error:
            refused.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return refused


@pytest.mark.rule("Z4")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["leave", "remove each other"])
def test_of_two_owners_who_go_at_once_one_stays(account: Account, alice: Membership, how: str) -> None:
    olga = make.member(account, make.user("olga"), Role.OWNER)

    def go(member: Membership, other: Membership) -> None:
        with tenant(account.pk):
            if how == "leave":
                team.leave(member, now=timezone.now())
            else:
                team.change(other, role=Role.VIEWER, sources=None, actor=member, now=timezone.now())

    def guarded(member: Membership, other: Membership) -> None:
        try:
            go(member, other)
        except PermissionDenied as error:
            raise team.TeamError("no longer an owner") from error

    refused = race(lambda: guarded(alice, olga), lambda: guarded(olga, alice))

    assert len(refused) == 1
    assert account.memberships.filter(role=Role.OWNER).count() == 1


def test_every_deed_is_in_the_log_by_who_did_it_and_to_whom(account: Account, alice: Membership) -> None:
    nora = make.user("nora")
    make.invitation(account, by=alice.user)
    client = signed_in(alice.user)
    with tenant(account.pk):
        invitation = account.invitations.get()
    joined = invitations.accept(invitation, user=nora, now=timezone.now())
    path = f"/settings/team/{joined.public_id}/"
    client.post(path, {"role": "admin", "sees": "all"})
    client.post(f"{path}removal/")

    with tenant(account.pk):
        log = list(account.audit_events.order_by("seq").values_list("verb", "actor"))
    by_alice, by_nora = f"user:{alice.user.public_id}", f"user:{nora.public_id}"
    assert log == [
        ("invited", by_alice),
        ("invitation_accepted", by_nora),
        ("role_changed", by_alice),
        ("member_removed", by_alice),
    ]


def test_the_page_asks_as_often_for_many_as_for_few(account: Account, alice: Membership, bob: Membership) -> None:
    client = signed_in(alice.user)
    make.invitation(account, by=alice.user)
    told(client)
    counts = []
    for number in range(2):
        with CaptureQueriesContext(connection) as queries:
            told(client)
        counts.append(len(queries))
        for place in range(20 * (1 - number)):
            make.member(account, make.user(f"m{place}"), Role.VIEWER)
            make.invitation(account, by=alice.user, email=f"n{place}@example.com")

    assert counts[0] == counts[1]


def test_a_viewer_without_sources_is_not_asked_to_connect_one(bob: Membership) -> None:
    page = signed_in(bob.user).get("/").content.decode()

    assert "Nothing to see yet" in page
    assert "/sources/connect/" not in page
