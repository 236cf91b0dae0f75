"""Invitations: a mail, a link that works once for one address, and nothing learned by whoever sends it."""

import re
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import invitations
from accounts.models import Account, Invitation, Membership, Role, User
from accounts.team import TeamError
from putler.tenancy import tenant
from tests import make
from tests.accounts.conftest import Newcomer, mails
from tests.accounts.test_team import signed_in

pytestmark = pytest.mark.django_db
TO_NORA = {"email": "nora@example.com", "role": "viewer", "sees": "all"}
OVER = "This invitation is no longer valid"


@pytest.fixture
def account() -> Account:
    cache.clear()
    return make.account("Alice’s shop")


@pytest.fixture
def alice(account: Account) -> Membership:
    return make.member(account, make.user("alice"), Role.OWNER)


def link() -> str:
    """The path in the newest mail that holds a token."""
    return next(found[0] for mail in reversed(mails()) if (found := re.search(r"/invitation/key/\S+", str(mail.body))))


def page(client: Client, path: str = "/invitation/") -> str:
    return client.get(path, follow=True).content.decode()


def nora_of(account: Account) -> Membership | None:
    return account.memberships.filter(user__email="nora@example.com").first()


@pytest.mark.rule("Z6")
def test_somebody_unknown_signs_up_and_lands_in_the_account(account: Account, alice: Membership) -> None:
    source = make.source(account)
    some = TO_NORA | {"sees": "some", "sources": str(source.public_id)}
    signed_in(alice.user).post("/settings/team/invitation/", some)
    client = Client()
    assert "Join Alice’s shop" in page(client, link())
    assert 'value="nora@example.com"' in page(client, "/sign-up/")
    newcomer = Newcomer(client)
    newcomer.signs_up()

    assert newcomer.types(newcomer.code()) == (302, "/")
    nora = account.memberships.get(user__email="nora@example.com")
    assert (nora.role, nora.sources) == (Role.VIEWER, [source.pk])
    assert Account.objects.count() == 1
    assert client.get("/").context["request"].account == account


def test_somebody_known_signs_in_and_joins(account: Account, alice: Membership) -> None:
    nora = make.user("nora")
    make.member(make.account("Nora’s own"), nora, Role.OWNER)
    make.invitation(account, by=alice.user)
    client = Client()
    page(client, link())
    assert client.post("/invitation/")["Location"] == "/login/?next=/invitation/"
    client.force_login(nora)
    page(client, link())

    client.post("/invitation/")

    assert client.get("/").context["request"].account == account
    assert nora.memberships.count() == 2


@pytest.mark.rule("Z6")
def test_somebody_else_is_told_so_and_stays_out(account: Account, alice: Membership) -> None:
    make.invitation(account, by=alice.user)
    client = Client()
    client.force_login(make.user("eve"))

    assert "this invitation is for <b>nora@example.com</b>" in page(client, link())
    client.post("/invitation/")

    assert account.memberships.count() == 1


@pytest.mark.rule("Z6")
def test_who_signs_up_with_another_address_stays_out(account: Account, alice: Membership) -> None:
    make.invitation(account, by=alice.user)
    client = Client()
    page(client, link())
    newcomer = Newcomer(client)
    newcomer.signs_up(email="eve@example.com")

    assert newcomer.types(newcomer.code()) == (302, "/start/")
    assert account.memberships.count() == 1


@pytest.mark.rule("Z6")
def test_an_invitation_works_once(account: Account, alice: Membership) -> None:
    make.invitation(account, by=alice.user)
    path, nora = link(), make.user("nora")
    client = Client()
    client.force_login(nora)
    page(client, path)
    client.post("/invitation/")
    nora.memberships.all().delete()

    assert OVER in page(client, path)
    assert client.post("/invitation/").status_code == 404
    assert nora_of(account) is None


@pytest.mark.rule("Z6")
@pytest.mark.parametrize("deed", ["again", "withdrawal", "expiry", "another"])
def test_a_link_ends(account: Account, alice: Membership, deed: str) -> None:
    invitation, his = make.invitation(account, by=alice.user), signed_in(alice.user)
    path, opened = link(), Client()
    page(opened, path)
    if deed == "expiry":
        with tenant(account.pk):
            Invitation.objects.filter(account=account).update(expires_at=timezone.now())
    elif deed == "another":
        his.post("/settings/team/invitation/", TO_NORA)
    else:
        his.post(f"/settings/team/invitation/{invitation.public_id}/{deed}/")

    assert OVER in page(Client(), path)
    assert deed in {"again"} or OVER in page(opened)


def test_an_invitation_is_good_for_14_days(account: Account, alice: Membership) -> None:
    made = make.invitation(account, by=alice.user)
    token = link().split("/")[-2]

    assert invitations.found(token, now=made.expires_at - timedelta(seconds=1))
    assert invitations.found(token, now=made.expires_at) is None
    assert timedelta(days=13, hours=23) < made.expires_at - timezone.now() <= timedelta(days=14)


@pytest.mark.rule("Z6")
def test_a_token_opens_its_own_account_alone(account: Account, alice: Membership) -> None:
    make.invitation(account, by=alice.user)
    secret = link().split("/")[-2].partition("-")[2]
    other = make.account("Another shop")

    assert invitations.found(f"{other.public_id.hex}-{secret}", now=timezone.now()) is None


@pytest.mark.rule("C8")
def test_no_row_holds_the_token(account: Account, alice: Membership) -> None:
    made = make.invitation(account, by=alice.user)
    secret = link().split("/")[-2].partition("-")[2]
    client = Client()
    page(client, link())

    assert secret not in str(vars(made))
    assert secret not in str(dict(client.session))


@pytest.mark.rule("P6")
def test_inviting_a_known_address_costs_and_looks_the_same(account: Account, alice: Membership) -> None:
    def cost() -> tuple[int, str, str, list[str], Counter[str]]:
        cache.clear()
        client, before = signed_in(alice.user), len(mails())
        with CaptureQueriesContext(connection) as queries:
            answer = client.post("/settings/team/invitation/", TO_NORA)
        shapes = [re.sub(r"'[^']*'|\b\d+\b|s\d+_x\d+", "?", query["sql"]) for query in queries.captured_queries]
        [mail] = mails()[before:]
        text = re.sub(r"/key/\S+", "", str(mail.body))
        with tenant(account.pk):
            Invitation.objects.filter(account=account).delete()
        told = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", client.get("/settings/team/").content.decode())
        return answer.status_code, text, told, shapes, Counter(mail.to)

    unknown = cost()
    make.member(make.account("Nora’s own"), make.user("nora"), Role.OWNER)

    assert cost() == unknown


def test_who_is_in_the_team_is_not_invited(account: Account, alice: Membership) -> None:
    make.member(account, make.user("nora"), Role.VIEWER)
    client = signed_in(alice.user)

    client.post("/settings/team/invitation/", TO_NORA)

    assert "This person is in the team already." in client.get("/settings/team/").content.decode()
    assert mails() == []


@pytest.mark.rule("Z4")
def test_nobody_is_invited_as_an_owner(account: Account, alice: Membership) -> None:
    assert signed_in(alice.user).post("/settings/team/invitation/", TO_NORA | {"role": "owner"}).status_code == 422


@pytest.mark.rule("P7")
def test_one_address_is_invited_six_times_an_hour(account: Account, alice: Membership) -> None:
    client = signed_in(alice.user)
    for _ in range(7):
        client.post("/settings/team/invitation/", TO_NORA)

    assert len(mails()) == 6
    assert "Many invitations went to this address" in client.get("/settings/team/").content.decode()


def test_the_mail_says_who_invites_and_no_word_that_they_chose(account: Account, alice: Membership) -> None:
    User.objects.filter(pk=alice.user_id).update(name="Buy now: https://evil.example")
    Account.objects.update(name="https://evil.example")
    make.invitation(account, by=User.objects.get(pk=alice.user_id))

    assert "alice@example.com invites you" in mails()[-1].body
    assert "evil" not in str(mails()[-1].message())


@pytest.mark.rule("Z6")
@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_is_let_in(account: Account, alice: Membership) -> None:
    made, nora, outcomes = make.invitation(account, by=alice.user), make.user("nora"), []
    ready = threading.Barrier(2)

    def accept() -> None:
        ready.wait(timeout=10)
        try:
            outcomes.append(invitations.accept(made, user=nora, now=timezone.now()).role)
        except TeamError as error:
            outcomes.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=accept) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == sorted([Role.VIEWER, invitations.NOT_VALID])
