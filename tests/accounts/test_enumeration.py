"""What nobody can learn on the way in: whether an address is known already."""

import re
from collections import Counter
from http import HTTPStatus
from typing import NamedTuple

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.hashers import Argon2id
from accounts.models import OutgoingMail, User
from tests import make
from tests.accounts.conftest import NORA, WRONG, Newcomer, mails


class Cost(NamedTuple):
    """What an observer, or a profiler, could tell two requests apart by."""

    status: int
    target: str
    page: str
    headers: list[str]
    hashes: int
    queries: list[str]
    mails: int


DEEDS: dict[str, tuple[str, dict[str, str]]] = {
    "form": ("/sign-up/", NORA),
    "resend": ("/sign-up/again/", {}),
    "wrong code": ("/sign-up/confirm/", {"code": WRONG}),
    "reset": ("/password/reset/", {"email": NORA["email"]}),
}


def cost(deed: str, monkeypatch: pytest.MonkeyPatch) -> Cost:
    """Do it once as Nora, counting; all but the first form follows that form."""
    cache.clear()
    newcomer, hashes = Newcomer(Client()), Counter[str]()
    if deed != "form":
        newcomer.signs_up()
    encode, before = Argon2id.encode, OutgoingMail.objects.count()

    def counted(hasher: Argon2id, password: str, salt: str) -> str:
        hashes["made"] += 1
        return encode(hasher, password, salt)

    with monkeypatch.context() as patch, CaptureQueriesContext(connection) as queries:
        patch.setattr(Argon2id, "encode", counted)
        answer = newcomer.client.post(*DEEDS[deed])
    shapes = [re.sub(r"'[^']*'|\b\d+\b|s\d+_x\d+", "?", query["sql"]) for query in queries.captured_queries]
    page = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    sent, target = OutgoingMail.objects.count() - before, answer.headers.get("Location", "")
    return Cost(answer.status_code, target, page, sorted(answer.headers), hashes["made"], shapes, sent)


@pytest.mark.django_db
@pytest.mark.rule("P6")
@pytest.mark.parametrize(
    ("name", "hashes", "sent"), [("form", 1, 1), ("resend", 0, 1), ("wrong code", 0, 0), ("reset", 0, 1)]
)
def test_a_known_address_costs_and_looks_the_same(
    monkeypatch: pytest.MonkeyPatch, name: str, hashes: int, sent: int
) -> None:
    unknown = cost(name, monkeypatch)
    User.objects.create_user(NORA["email"], password="her own old password")

    known = cost(name, monkeypatch)

    assert known == unknown
    assert (known.hashes, known.mails) == (hashes, sent)


@pytest.mark.rule("P6")
def test_only_the_mail_says_that_an_address_is_known(newcomer: Newcomer) -> None:
    make.user("nora")
    newcomer.signs_up()

    [message] = mails()
    assert (message.to, newcomer.code()) == (["nora@example.com"], "")
    assert "http://127.0.0.1:8000/login/" in message.body
    assert "http://127.0.0.1:8000/password/reset/" in message.body


@pytest.mark.rule("P6")
def test_an_address_that_was_taken_meanwhile_gets_the_answer_to_a_wrong_code(newcomer: Newcomer) -> None:
    newcomer.signs_up()
    make.user("nora")
    right = newcomer.types(newcomer.code())
    wrong = newcomer.types(WRONG)

    assert (right[0], "This is not the code. You can try 4 more times" in right[1]) == (HTTPStatus.OK, True)
    assert (wrong[0], "This is not the code. You can try 3 more times" in wrong[1]) == (HTTPStatus.OK, True)
    assert User.objects.get().name == "nora"


@pytest.mark.rule("P6")
def test_a_mail_says_nothing_that_its_sender_chose(newcomer: Newcomer) -> None:
    newcomer.signs_up(name="Buy now: https://evil.example")

    assert "evil" not in str(mails()[0].message())
