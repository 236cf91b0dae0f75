"""A forgotten password: who gets a link, what it is good for, and what it ends."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from io import StringIO
from threading import Barrier

import pytest
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.models import SignUp, User
from tests.accounts.conftest import NORA, Newcomer, mails

pytestmark = pytest.mark.django_db
NEW = "eight purple kettles"


@pytest.fixture
def nora() -> User:
    cache.clear()
    return User.objects.create_user(NORA["email"], name="Nora", password=NORA["password"])


def link(client: Client, email: str = NORA["email"]) -> str:
    """The path of the link that is mailed."""
    assert client.post("/password/reset/", {"email": email})["Location"] == "/password/reset/sent/"
    found = re.search(r"http://127\.0\.0\.1:8000(/password/reset/key/\S+)", str(mails()[-1].body))
    return found[1] if found else ""


def choose(client: Client, path: str, password: str = NEW) -> tuple[int, str]:
    """Follow the link and send a new password: the status, and where to or the page."""
    form = client.get(path).headers.get("Location", path)
    answer = client.post(form, {"password1": password})
    return answer.status_code, answer.headers.get("Location") or answer.content.decode()


@pytest.mark.rule("P13")
def test_the_link_sets_a_password_and_signs_nobody_in(client: Client, nora: User) -> None:
    assert choose(client, link(client)) == (HTTPStatus.FOUND, "/password/reset/done/")

    nora.refresh_from_db()
    assert nora.check_password(NEW)
    assert client.get("/start/")["Location"].startswith("/login/")


@pytest.mark.rule("P13")
def test_the_link_works_once(client: Client, nora: User) -> None:
    path = link(client)
    choose(client, path)

    assert "This link no longer works" in choose(Client(), path, "nine purple kettles")[1]


@pytest.mark.rule("P13")
@pytest.mark.django_db(transaction=True)
def test_of_those_who_use_it_at_the_same_moment_one_does(client: Client, nora: User) -> None:
    path, at_once = link(client), Barrier(3)
    form = client.get(path)["Location"]
    browsers = [Client() for _ in range(3)]
    for browser in browsers:
        browser.get(path)

    def send(number: int) -> bool:
        at_once.wait()
        try:
            return browsers[number].post(form, {"password1": f"nine purple kettles {number}"}).status_code == 302
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(send, range(3)))

    nora.refresh_from_db()
    assert sorted(done) == [False, False, True]
    assert nora.check_password(f"nine purple kettles {done.index(True)}")


@pytest.mark.rule("P13")
def test_a_new_link_is_worth_nothing_once_the_password_changed_otherwise(client: Client, nora: User) -> None:
    path = link(client)
    nora.set_password("another password")
    nora.save()

    assert "This link no longer works" in choose(client, path)[1]


@pytest.mark.rule("P13")
def test_the_link_lasts_an_hour(client: Client, nora: User, monkeypatch: pytest.MonkeyPatch) -> None:
    path, now = link(client), PasswordResetTokenGenerator._now
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: now(self) + timedelta(minutes=59))
    assert client.get(path).status_code == HTTPStatus.FOUND

    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: now(self) + timedelta(minutes=61))
    assert "This link no longer works" in client.get(path).content.decode()


@pytest.mark.rule("P13")
def test_the_token_is_not_in_the_address_of_the_form(client: Client, nora: User) -> None:
    path = link(client)
    form = client.get(path)["Location"]

    assert form.endswith("-set-password/")
    assert path.split("/")[-2].partition("-")[2] not in client.get(form).content.decode()


@pytest.mark.rule("Z2")
def test_the_link_names_nobody_by_number(client: Client, nora: User) -> None:
    assert link(client).startswith(f"/password/reset/key/{nora.public_id.hex}-")


@pytest.mark.rule("P13")
def test_every_other_browser_is_signed_out_and_the_owner_is_told(client: Client, nora: User) -> None:
    other = Client()
    other.force_login(nora)
    choose(client, link(client))

    assert other.get("/start/")["Location"].startswith("/login/")
    assert (mails()[-1].subject, mails()[-1].to) == ("Your password for Putler was changed", [NORA["email"]])


@pytest.mark.rule("P6")
def test_an_unknown_address_gets_a_mail_that_says_so(client: Client, db: None) -> None:
    cache.clear()

    assert link(client, "nobody@example.com") == ""
    assert mails()[0].to == ["nobody@example.com"]
    assert "http://127.0.0.1:8000/sign-up/" in mails()[0].body


@pytest.mark.rule("P6")
def test_a_sign_up_that_waits_for_its_code_is_unknown_here(newcomer: Newcomer) -> None:
    newcomer.signs_up()

    assert link(Client()) == ""
    assert SignUp.objects.exists()


@pytest.mark.rule("P6")
def test_somebody_shut_out_gets_no_link(client: Client, nora: User) -> None:
    path = link(client)
    User.objects.update(is_active=False)

    assert link(client) == ""
    assert "This link no longer works" in client.get(path).content.decode()


@pytest.mark.rule("X4")
def test_the_link_is_the_sites_whatever_the_request_calls_it(client: Client, nora: User, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client.post("/password/reset/", {"email": NORA["email"]}, headers={"host": "evil.example"})

    assert "evil.example" not in str(mails()[0].message())


@pytest.mark.rule("P7")
def test_the_sixth_link_of_a_minute_is_refused(client: Client, nora: User) -> None:
    statuses = [client.post("/password/reset/", {"email": NORA["email"]}).status_code for _ in range(6)]

    assert statuses == [HTTPStatus.FOUND] * 5 + [HTTPStatus.TOO_MANY_REQUESTS]


@pytest.mark.rule("P5")
def test_the_log_of_a_refusal_does_not_hold_the_link(client: Client, nora: User, said: StringIO) -> None:
    path = link(client)
    statuses = [client.post(path).status_code for _ in range(21)]

    assert statuses[-1] == HTTPStatus.TOO_MANY_REQUESTS
    assert "/password/reset/key/[hidden]/" in said.getvalue()
    assert path not in said.getvalue()


@pytest.mark.rule("P4")
def test_a_new_password_is_judged_as_at_sign_up(client: Client, nora: User) -> None:
    status, page = choose(client, link(client), "nora@example.com")

    assert (status, "too similar to the email" in page) == (HTTPStatus.OK, True)
    assert 'autocomplete="new-password"' in page
