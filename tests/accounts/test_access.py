"""The door: signing in and out, and who is let into an account."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import Account, Membership, Role, User
from accounts.services import create_account
from tests import make

pytestmark = pytest.mark.django_db

EMAIL, PASSWORD = "alice@example.com", "correct horse battery"


@pytest.fixture
def account() -> Account:
    return create_account(email=EMAIL, name="A shop", currency="EUR", time_zone="Europe/Berlin", password=PASSWORD)


def sign_in(client: Client, email: str = EMAIL, password: str = PASSWORD, **more: str) -> tuple[int, str]:
    """The status, and where to or the page."""
    answer = client.post("/login/", {"login": email, "password": password, **more})
    return answer.status_code, answer.headers.get("Location") or answer.content.decode()


def test_the_right_password_opens_home(client: Client, account: Account) -> None:
    assert sign_in(client) == (302, "/")
    assert client.get("/").status_code == 200


def test_an_address_is_not_case_sensitive(client: Client, account: Account) -> None:
    assert sign_in(client, "Alice@Example.COM") == (302, "/")


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client: Client, account: Account) -> None:
    answers = [sign_in(client, email, "wrong wrong wrong") for email in (EMAIL, "nobody@example.com")]

    assert [status for status, _ in answers] == [200, 200]
    assert all("are not correct" in page for _, page in answers)


def test_somebody_shut_out_is_told_the_same(client: Client, account: Account) -> None:
    User.objects.update(is_active=False)

    status, page = sign_in(client)

    assert (status, "are not correct" in page) == (200, True)


def test_errors_are_announced_and_passwords_may_be_pasted_by_a_manager(client: Client, account: Account) -> None:
    _, page = sign_in(client, password="wrong wrong wrong")

    assert 'role="alert"' in page
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "wrong wrong" not in page


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
@pytest.mark.rule("X4")
def test_nobody_is_sent_to_another_site(client: Client, account: Account, target: str) -> None:
    assert sign_in(client, next=target) == (302, "/")


def test_a_page_that_needed_the_sign_in_comes_next(client: Client, account: Account) -> None:
    assert client.get("/files/").headers["Location"] == "/login/?next=/files/"
    assert sign_in(client, next="/files/") == (302, "/files/")


@pytest.mark.rule("P7")
def test_the_eleventh_wrong_try_is_stopped(client: Client, account: Account) -> None:
    cache.clear()
    tries = [sign_in(client, password=f"wrong password {number}")[0] for number in range(10)]

    status, page = sign_in(client)

    assert tries == [200] * 10
    assert (status, "too many failed login attempts" in page.lower()) == (200, True)
    assert client.get("/").status_code == 302


def test_too_many_requests_have_a_page(client: Client) -> None:
    cache.clear()
    answers = [client.post("/login/", {"login": "x"}) for _ in range(31)]

    assert answers[-1].status_code == 429
    assert "That was too often" in answers[-1].content.decode()


def test_signing_out_ends_the_session(client: Client, account: Account) -> None:
    sign_in(client)

    assert client.post("/logout/").status_code == 302
    assert client.get("/").status_code == 302


@pytest.mark.rule("Z3")
def test_a_member_who_was_removed_is_out_at_once(client: Client, account: Account) -> None:
    sign_in(client)
    Membership.objects.all().delete()

    assert client.get("/")["Location"] == "/start/"
    assert "ask its owner to add you" in client.get("/start/").content.decode()


@pytest.mark.rule("Z3")
def test_a_membership_ends_by_itself(client: Client, account: Account) -> None:
    bob = make.user("bob")
    make.member(account, bob, Role.VIEWER)
    client.force_login(bob)
    assert client.get("/").status_code == 200

    bob.memberships.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert client.get("/")["Location"] == "/start/"


def test_a_cookie_of_odd_bytes_is_no_session(client: Client, db: None) -> None:
    client.cookies["session"] = "abcdefgh\x00x"

    assert client.get("/login/").status_code == 200
