"""Hostile words in every cell of a file: pages, lists and exports show them as words."""

import csv
import io
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Account, Role
from datasources.models import UploadState
from tests import make
from tests.datasources.test_files_of_others import decide, hand_in, rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.rule("X6")]

WORDS = {
    "script": "<script>alert(1)</script>",
    "attribute": "\"' onmouseover=alert(1) x='",
    "template": "{{ 7|add:7 }}{% now 'Y' %}",
    "line": "a\r\nSubject: b",
    "bidi": "abc\u202eexe.txt\u2066",
    "long": "ä" * 10_000,
    "formula": '=HYPERLINK("http://evil.example")',
}
PAGES = ("/", "/files/", "/sources/", "/products/", "/transactions/", "/customers/")


@pytest.fixture
def account(tmp_path: Path, settings: Settings) -> Account:
    settings.UPLOADS = tmp_path
    account = make.account(currency="GBP", time_zone="Europe/London")
    make.member(account, make.user("alice"), Role.OWNER)
    return account


def file_with(words: str) -> str:
    """Two good orders, and one with the words in every cell."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["order", "date", "sku", "description", "quantity", "price", "customer id", "country", words[:300]])
    writer.writerow([words[:150], "2026-01-05", words[:150], words, "1", "5.00", words, words, words])
    writer.writerow(["2", "2026-01-06", "MUG", "Mug", "1", "7.25", "c", "France", ""])
    writer.writerow(["3", words, words, words, words, words, words, words, words])
    return text.getvalue()


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_hostile_words_come_in_as_words_and_go_out_as_words(account: Account, client: Client, words: str) -> None:
    upload = hand_in(account, file_with(words), f"{words[:60]}.csv")
    assert (upload.state, upload.rows_refused > 0) == (UploadState.WAITING, True)
    decide(upload)
    client.force_login(account.memberships.get().user)
    answers = [
        client.get(page) for page in (*PAGES, f"/files/{upload.public_id}/", f"/files/{upload.public_id}/reading/")
    ]

    assert rows_of(account) == 2
    for answer in answers:
        page = answer.content.decode()
        assert answer.status_code in {200, 302, 404}, answer.request["PATH_INFO"]
        assert not any(sign in page for sign in ("<script>alert", "\u202e", "\u2066", "x='\"", ">14<")), answer.request


def test_a_nul_leaves_the_file_outside(account: Account) -> None:
    upload = hand_in(account, file_with("x\x00y"))

    assert (upload.state, rows_of(account)) == (UploadState.FAILED, 0)
    assert "NUL" in upload.message
