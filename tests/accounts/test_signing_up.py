"""Signing up: who becomes a user, and what nobody can learn on the way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from accounts import signing_up
from accounts.adapter import AccountAdapter
from accounts.models import OutgoingMail, SignUp, User
from tests import make
from tests.accounts.conftest import NORA, WRONG, Newcomer


def test_the_mailed_code_makes_the_user(newcomer: Newcomer) -> None:
    assert newcomer.signs_up() == HTTPStatus.FOUND
    assert not User.objects.exists()

    assert newcomer.types(newcomer.code()) == (HTTPStatus.FOUND, "/start/")

    user = User.objects.get()
    assert (user.email, user.name, user.check_password(NORA["password"])) == ("nora@example.com", "Nora New", True)
    assert newcomer.client.get("/start/").status_code == HTTPStatus.OK
    assert not SignUp.objects.exists()


@pytest.mark.rule("P6")
def test_what_was_accepted_is_recorded(newcomer: Newcomer) -> None:
    before = timezone.now()
    newcomer.signs_up()
    newcomer.types(newcomer.code())

    user = User.objects.get()
    assert (user.terms_version, user.privacy_version) == ("2026-11-24", "2026-11-26")
    assert user.accepted_at is not None
    assert before <= user.accepted_at <= timezone.now()


def test_a_code_is_found_with_whatever_stands_between_its_digits(newcomer: Newcomer) -> None:
    newcomer.signs_up(email=" Nora@Example.COM ")

    assert newcomer.types(f" {newcomer.code().replace(' ', '-')} ")[0] == HTTPStatus.FOUND
    assert User.objects.get().email == "nora@example.com"


@pytest.mark.rule("P9")
def test_signing_in_changes_the_session(newcomer: Newcomer) -> None:
    newcomer.signs_up()
    before = newcomer.client.cookies["session"].value

    newcomer.types(newcomer.code())

    assert newcomer.client.cookies["session"].value != before
    assert Client(headers={"cookie": f"session={before}"}).get("/start/")["Location"].startswith("/login/")


@pytest.mark.rule("P9")
def test_signing_up_passes_the_stages_of_every_sign_in(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    stages = ["tests.accounts.stages.HoldUp"]
    monkeypatch.setattr(AccountAdapter, "get_login_stages", lambda _: stages)
    newcomer.signs_up()

    assert newcomer.types(newcomer.code()) == (HTTPStatus.FOUND, "/terms/")
    assert newcomer.client.get("/start/")["Location"].startswith("/login/")


def test_a_wrong_code_says_how_many_tries_are_left(newcomer: Newcomer) -> None:
    newcomer.signs_up()

    status, page = newcomer.types(WRONG)

    assert (status, "You can try 4 more times" in page) == (HTTPStatus.OK, True)
    assert not User.objects.exists()


def test_after_five_wrong_codes_the_right_one_is_wrong_too(newcomer: Newcomer) -> None:
    newcomer.signs_up()
    pages = [newcomer.types(WRONG)[1] for _ in range(5)]

    assert "too many wrong codes" in pages[-1]
    assert newcomer.types(newcomer.code())[0] == HTTPStatus.OK
    assert not User.objects.exists()


def test_a_new_code_replaces_the_one_before_and_gives_new_tries(newcomer: Newcomer) -> None:
    newcomer.signs_up()
    old = newcomer.code()
    for _ in range(5):
        newcomer.types(WRONG)
    newcomer.client.post("/sign-up/again/")

    assert old != newcomer.code()
    assert newcomer.types(old)[0] == HTTPStatus.OK
    assert newcomer.types(newcomer.code())[0] == HTTPStatus.FOUND


@pytest.mark.rule("P7")
def test_another_code_waits_for_half_a_minute(newcomer: Newcomer) -> None:
    newcomer.signs_up()
    newcomer.client.post("/sign-up/again/")

    answer = newcomer.client.post("/sign-up/again/")

    assert (answer.status_code, OutgoingMail.objects.count()) == (HTTPStatus.TOO_MANY_REQUESTS, 2)
    assert "in half a minute" in answer.content.decode()


@pytest.mark.rule("P7")
def test_an_address_gets_six_mails_an_hour_whoever_asks(newcomer: Newcomer) -> None:
    statuses = [Newcomer(Client(REMOTE_ADDR=f"10.0.0.{number}")).signs_up() for number in range(7)]

    assert statuses == [HTTPStatus.FOUND] * 6 + [HTTPStatus.TOO_MANY_REQUESTS]


@pytest.mark.rule("P7")
def test_the_twenty_first_form_of_a_minute_is_refused(newcomer: Newcomer) -> None:
    statuses = [newcomer.signs_up(name="") for _ in range(21)]

    assert statuses == [HTTPStatus.OK] * 20 + [HTTPStatus.TOO_MANY_REQUESTS]


def test_a_mistyped_address_can_be_changed(newcomer: Newcomer) -> None:
    newcomer.signs_up(email="nroa@example.com")
    page = newcomer.client.get("/sign-up/").content.decode()
    newcomer.signs_up()

    assert 'value="nroa@example.com"' in page
    assert 'value="Nora New"' in page
    assert NORA["password"] not in page
    assert [sign_up.email for sign_up in SignUp.objects.all()] == ["nora@example.com"]
    assert newcomer.types(newcomer.code())[0] == HTTPStatus.FOUND


def test_the_step_is_still_there_after_a_pause(newcomer: Newcomer) -> None:
    newcomer.signs_up()

    assert "nora@example.com" in newcomer.client.get("/sign-up/confirm/").content.decode()
    assert Client().get("/sign-up/confirm/")["Location"] == "/sign-up/"


def test_a_code_belongs_to_the_browser_that_asked_for_it(newcomer: Newcomer) -> None:
    newcomer.signs_up()
    code = newcomer.code()
    stranger = Newcomer(Client())
    stranger.signs_up(password="a strangers own kettle")

    assert stranger.types(code)[0] == HTTPStatus.OK
    assert not User.objects.exists()


def test_after_a_day_the_code_is_worth_nothing(newcomer: Newcomer) -> None:
    newcomer.signs_up()
    code = newcomer.code()
    SignUp.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert newcomer.types(code) == (HTTPStatus.FOUND, "/sign-up/")
    assert "valid for a day" in newcomer.client.get("/sign-up/").content.decode()
    assert not User.objects.exists()


def test_neither_password_nor_code_is_kept_as_typed(newcomer: Newcomer) -> None:
    newcomer.signs_up()
    row = SignUp.objects.get()

    assert row.password.startswith("argon2$argon2id$v=19$m=47104")
    assert newcomer.code().replace(" ", "") not in row.code_digest
    assert check_password(NORA["password"], row.password)


def test_somebody_signed_in_goes_home(newcomer: Newcomer) -> None:
    newcomer.client.force_login(make.user("alice"))

    assert [newcomer.client.get(path)["Location"] for path in ("/sign-up/", "/sign-up/confirm/")] == ["/", "/"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": " "}, "Tell us your name."),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"email": "nora"}, "This is no e-mail address."),
        ({"email": "x" * 250 + "@example.com"}, "at most 254 characters"),
        ({"password": ""}, "Choose a password."),
        ({"password": "too short"}, "at least 10 characters"),
        ({"password": "nora@example.com"}, "too similar to the email"),
        ({"password": "Nora New Nora"}, "too similar to the name"),
    ],
)
def test_refusal(newcomer: Newcomer, changed: dict[str, str], sentence: str) -> None:
    page = newcomer.client.post("/sign-up/", NORA | changed).content.decode()

    assert sentence in page
    assert 'role="alert"' in page
    assert not SignUp.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_right_codes_at_once_make_one_user(client: Client) -> None:
    cache.clear()
    newcomer = Newcomer(client)
    newcomer.signs_up()
    row, code = str(SignUp.objects.get()), newcomer.code().replace(" ", "")

    def finish(_: int) -> User | None:
        try:
            return signing_up.finish(row, code, now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        users = list(pool.map(finish, range(8)))

    assert sorted(user is not None for user in users) == [False] * 7 + [True]
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("P5")
def test_the_queue_carries_the_mails_id_and_nothing_else(client: Client) -> None:
    cache.clear()
    newcomer = Newcomer(client)
    newcomer.signs_up()

    [job] = OrmQ.objects.all()
    assert (job.key, job.task["args"], job.task["kwargs"]) == ("short", (OutgoingMail.objects.get().pk,), {})
    assert not [word for word in (NORA["email"], newcomer.code(), NORA["password"]) if word in str(job.task)]
