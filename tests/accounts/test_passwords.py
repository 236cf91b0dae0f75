"""How passwords are stored, how they stay up to date, which are refused, and that none is ever told."""

import json
from hashlib import sha256
from http import HTTPStatus
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.views.debug import SafeExceptionReporterFilter
from django_q.models import OrmQ

from accounts import passwords, signing_up
from accounts.hashers import Argon2id
from accounts.models import SignUp, User
from tests import make
from tests.accounts import factor
from tests.accounts.conftest import Newcomer
from tests.accounts.factor import Person

PASSWORD = "correct horse battery staple"
COSTS = "argon2$argon2id$v=19$m=47104,t=2,p=1$"


@pytest.mark.django_db
@pytest.mark.rule("P1")
def test_a_password_is_stored_by_argon2id_at_its_full_cost() -> None:
    user = User.objects.create_user("alice@example.com", password=PASSWORD)

    assert User.objects.get(pk=user.pk).password.startswith(COSTS)
    assert user.check_password(PASSWORD)
    assert not user.check_password(PASSWORD + " ")


@pytest.mark.rule("P1")
def test_the_same_password_is_never_stored_alike() -> None:
    assert make_password(PASSWORD) != make_password(PASSWORD)


@pytest.mark.django_db
@pytest.mark.rule("P1")
@pytest.mark.parametrize(("hasher", "cost"), [(PBKDF2PasswordHasher(), "iterations"), (Argon2id(), "memory_cost")])
def test_a_weaker_hash_is_replaced_when_its_owner_signs_in(hasher: Any, cost: str) -> None:
    setattr(hasher, cost, 1000)
    user = make.user("alice")
    user.password = hasher.encode(PASSWORD, "salt" * 6)

    assert user.check_password(PASSWORD)
    assert user.password.startswith(COSTS)


@pytest.mark.django_db
def test_without_a_password_nothing_signs_in() -> None:
    user = make.user("alice")

    assert not user.has_usable_password()
    assert not user.check_password("")
    assert not check_password(user.password, user.password)


@pytest.mark.rule("P2")
def test_a_weaker_hash_is_replaced_at_the_sign_in(db: None) -> None:
    cache.clear()
    alice = Person("alice")
    User.objects.update(password=PBKDF2PasswordHasher().encode(factor.PASSWORD, "salt" * 6))

    assert alice.signs_in(client=(client := Client())) == (302, "/")
    assert User.objects.get().password.startswith("argon2$argon2id$v=19$m=47104,t=2,p=1$")
    assert alice.is_in(client)


@pytest.mark.rule("P2")
def test_a_weaker_hash_is_replaced_by_fresh_proof_and_the_session_goes_on(db: None) -> None:
    cache.clear()
    alice = Person("alice")
    User.objects.update(password=PBKDF2PasswordHasher().encode(factor.PASSWORD, "salt" * 6))
    alice.client.force_login(User.objects.get())
    alice.client.post("/confirm/", {"password": factor.PASSWORD})

    assert User.objects.get().password.startswith("argon2$")
    assert alice.is_in()


LONG = "x y" * 341 + "z"  # 1,024 characters


@pytest.mark.rule("P3")
@pytest.mark.parametrize(
    ("password", "nearly"),
    [
        (LONG, LONG[:72]),
        (LONG, LONG[:-1]),
        ("  edged with spaces  ", "edged with spaces"),
        ("пароль с пробелами", "пароль с пробелам"),
        ("🦔 hedgehogs 🦔", "🦔 hedgehogs 🦓"),
    ],
)
def test_any_text_of_ten_to_1024_characters_signs_in_whole(newcomer: Newcomer, password: str, nearly: str) -> None:
    newcomer.signs_up(password=password)
    newcomer.types(newcomer.code())

    assert [sign_in(each) for each in (password, nearly)] == [HTTPStatus.FOUND, HTTPStatus.OK]


@pytest.mark.rule("P3")
@pytest.mark.parametrize("path", ["/sign-up/", "/login/"])
def test_more_than_1024_characters_are_a_message_and_not_an_error(newcomer: Newcomer, path: str) -> None:
    form = {"name": "N", "email": "nora@example.com", "login": "nora@example.com", "password": LONG + "!"}

    answer = newcomer.client.post(path, form)

    assert (answer.status_code, "at most 1,024 characters" in answer.content.decode()) == (HTTPStatus.OK, True)


@pytest.mark.rule("P3")
@pytest.mark.parametrize(("path", "kind"), [("/sign-up/", "new-password"), ("/login/", "current-password")])
def test_password_managers_are_told_which_password_is_meant(newcomer: Newcomer, path: str, kind: str) -> None:
    assert f'autocomplete="{kind}"' in newcomer.client.get(path).content.decode()


@pytest.mark.rule("P4")
@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("nine char", "at least 10"),
        ("password1234", "too common"),
        ("Putler2026!", "name of this site"),
        ("2026-PUTL3R", "name of this site"),
        ("putlerputler", "name of this site"),
        ("alice@example.com", "similar to the email"),
        ("Alice Adams", "similar to the name"),
        ("Basketball10", "lists of stolen ones"),
    ],
)
def test_a_password_that_thieves_try_is_refused(password: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        validate_password(password, User(email="alice@example.com", name="Alice Adams"))


@pytest.mark.rule("P4")
@pytest.mark.parametrize("password", ["putler keeps my figures", "seven purple kettles", "q8#vT2!mZx0"])
def test_a_password_of_ones_own_is_taken(password: str) -> None:
    validate_password(password, User(email="alice@example.com", name="Alice Adams"))


@pytest.mark.rule("P4")
def test_the_list_of_stolen_passwords_is_long_and_sorted() -> None:
    known = passwords.LIST.read_bytes()
    digests = [known[start : start + passwords.DIGEST] for start in range(0, len(known), passwords.DIGEST)]

    assert len(digests) > 100_000
    assert digests == sorted(set(digests))


@pytest.mark.rule("P4")
@pytest.mark.parametrize("position", [0, 1, 500, -2, -1])
def test_every_place_of_the_list_is_found(monkeypatch: pytest.MonkeyPatch, position: int) -> None:
    words = {sha256(f"word {number}".encode()).digest()[: passwords.DIGEST]: number for number in range(1001)}
    monkeypatch.setattr(passwords, "_list", lambda: b"".join(sorted(words)))

    assert passwords.is_breached(f"WORD {words[sorted(words)[position]]}")
    assert not passwords.is_breached("word 1001")


CANARY = "canary in a coal mine"


@pytest.mark.rule("P5")
def test_a_password_is_told_by_no_log_queue_row_or_page(newcomer: Newcomer, said: StringIO) -> None:
    newcomer.signs_up(password=CANARY, name="")
    newcomer.signs_up(password=CANARY)
    pages = [newcomer.client.post("/login/", {"login": "nora@example.com", "password": CANARY}) for _ in range(31)]

    told = [said.getvalue(), *(str(job.task) for job in OrmQ.objects.all()), *(page.content.decode() for page in pages)]
    assert "/login/" in said.getvalue()
    assert CANARY not in json.dumps([*told, *map(str, SignUp.objects.values())])


@pytest.mark.rule("P5")
def test_an_error_tells_no_password(newcomer: Newcomer, said: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> SignUp:
        raise RuntimeError("https://somewhere.example/?password=canary-in-a-coal-mine&next=/")

    monkeypatch.setattr(signing_up, "begin", fail)
    newcomer.client.raise_request_exception = False
    answer = newcomer.client.post("/sign-up/", {"name": "N", "email": "nora@example.com", "password": CANARY})

    assert (answer.status_code, "RuntimeError" in said.getvalue()) == (500, True)
    assert not [text for text in (said.getvalue(), answer.content.decode()) if "canary" in text]
    assert CANARY not in str(SafeExceptionReporterFilter().get_post_parameters(answer.wsgi_request))


def sign_in(password: str) -> int:
    """The status of signing in as Nora."""
    return Client().post("/login/", {"login": "nora@example.com", "password": password}).status_code
