"""The page that asks who is there once more."""

import pytest
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client

from accounts import sudo
from accounts.models import User
from accounts.services import create_account
from tests import make
from tests.accounts.factor import Factors

pytestmark = [pytest.mark.django_db, pytest.mark.rule("P11")]
EMAIL, PASSWORD = "alice@example.com", "correct horse battery"
GUARDED = "/sources/connect/stripe/"
BOTH = [sudo.KNOWLEDGE, sudo.POSSESSION]


@pytest.fixture
def alice(client: Client) -> Client:
    """Give a browser that is signed in and proved nothing lately."""
    cache.clear()
    account = create_account(email=EMAIL, name="A shop", currency="EUR", time_zone="Europe/Berlin", password=PASSWORD)
    client.force_login(account.memberships.get().user)
    return client


def confirm(client: Client, password: str = PASSWORD, target: str = GUARDED) -> tuple[int, str]:
    """The status, and where to or the page."""
    answer = client.post("/confirm/", {"password": password, "next": target})
    return answer.status_code, answer.headers.get("Location") or answer.content.decode()


def test_the_password_opens_the_page_that_was_asked_for(alice: Client) -> None:
    assert confirm(alice) == (302, GUARDED)
    assert alice.get(GUARDED).status_code == 200


@pytest.mark.parametrize(
    ("shown", "opens"), [([], False), ([sudo.KNOWLEDGE], False), ([sudo.POSSESSION], False), (BOTH, True)]
)
def test_who_has_a_second_factor_proves_both(client: Client, alice: Client, shown: list[str], opens: bool) -> None:
    user = User.objects.get(email=EMAIL)
    Factors().show(client, user)
    request = HttpRequest()
    request.session = client.session
    sudo.note_proof(request, user, *shown)
    request.session.save()

    assert (client.get(GUARDED).status_code == 200) is opens
    assert confirm(client)[0] == 400  # without a code


def test_signing_in_is_proof_enough(client: Client, alice: Client) -> None:
    client.post("/logout/")
    client.post("/login/", {"login": EMAIL, "password": PASSWORD})

    assert client.get(GUARDED).status_code == 200


def test_a_wrong_password_proves_nothing(alice: Client) -> None:
    status, page = confirm(alice, "wrong wrong wrong")

    assert (status, "This is not your password" in page, "wrong wrong" in page) == (400, True, False)
    assert alice.get(GUARDED)["Location"].startswith("/confirm/")


@pytest.mark.rule("P9")
def test_proof_gives_the_session_another_key(alice: Client) -> None:
    before = alice.cookies["session"].value
    confirm(alice)

    assert alice.cookies["session"].value != before
    assert Client(headers={"cookie": f"session={before}"}).get(GUARDED)["Location"].startswith("/login/")


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "sources", ""]
)
def test_nobody_is_sent_to_another_site(alice: Client, target: str) -> None:
    assert confirm(alice, target=target) == (302, "/")


def test_the_eleventh_try_of_a_minute_is_refused(alice: Client) -> None:
    tries = [confirm(alice, f"wrong {number}")[0] for number in range(10)]

    assert (tries, confirm(alice)[0]) == ([400] * 10, 429)


def test_the_proof_of_one_person_is_none_for_another(client: Client, alice: Client) -> None:
    confirm(alice)
    bob = make.user("bob")
    client.force_login(bob)

    assert client.get("/confirm/").status_code == 200


def test_without_a_password_nothing_can_be_proved(client: Client, alice: Client) -> None:
    client.force_login(make.user("nobody"))

    assert "by a link that is mailed to you" in client.get("/confirm/").content.decode()
    assert [confirm(client, password)[0] for password in ("", "!")] == [400, 400]


def test_a_form_that_came_too_late_is_not_kept(alice: Client) -> None:
    answer = alice.post(f"{GUARDED}key/", {"key": "rk_test_canary"})

    assert answer["Location"] == f"/confirm/?next={GUARDED}"
    assert "canary" not in str(dict(alice.session))
    assert "do it once more afterwards" in alice.get(answer["Location"]).content.decode()
