"""Local mode's inbox: what it keeps, and what it shows to whom."""

import runpy
import uuid
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from accounts import inbox, letters, tasks
from accounts.models import OutgoingMail
from accounts.views_inbox import parts

URLS = str(Path(__file__).resolve().parents[2] / "accounts" / "urls.py")
HOSTILE = b"""To: nora@example.com
Subject: <script>alert(1)</script>
Content-Type: text/plain; charset=utf-8

<b>bold</b> https://evil.example/ http://127.0.0.1:8000/start/ http://127.0.0.1:8000.evil.example/
"""


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.INBOX = tmp_path / "var" / "inbox"
    return tmp_path / "var" / "inbox"


def test_only_its_owner_may_read_what_arrives(folder: Path) -> None:
    inbox.store(folder, HOSTILE)

    [path] = folder.iterdir()
    assert [oct(each.stat().st_mode & 0o777) for each in (folder, path)] == ["0o700", "0o600"]


def test_the_newest_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "KEPT", 3)
    for number in range(5):
        inbox.store(folder, f"Subject: {number}\n\n".encode())

    assert [letter.subject for letter in inbox.letters(folder)] == ["4", "3", "2"]


def test_an_empty_inbox_says_so_and_looks_again_by_itself(client: Client, folder: Path) -> None:
    page = client.get("/inbox/").content.decode()

    assert "No mail yet" in page
    assert 'hx-trigger="every 2s"' in page


@pytest.mark.django_db
def test_a_mail_that_was_sent_can_be_read(client: Client, sink: Path) -> None:
    letters.send(letters.code("12345678"), to="nora@example.com")
    tasks.send_mail(OutgoingMail.objects.get().pk)
    [letter] = inbox.letters(sink)

    assert "Your code for Putler" in client.get("/inbox/").content.decode()
    assert "1234 5678" in client.get(f"/inbox/{letter.public_id}/").content.decode()


@pytest.mark.rule("X6")
def test_a_hostile_mail_stays_text(client: Client, folder: Path) -> None:
    inbox.store(folder, HOSTILE)
    [letter] = inbox.letters(folder)

    page = client.get(f"/inbox/{letter.public_id}/").content.decode()

    assert "<script>alert" not in page
    assert "&lt;b&gt;bold" in page


@pytest.mark.rule("X6")
def test_only_our_own_addresses_are_links() -> None:
    links = [piece for piece, is_link in parts(HOSTILE.decode()) if is_link]

    assert links == ["http://127.0.0.1:8000/start/"]


def test_a_mail_of_html_alone_shows_no_html(folder: Path) -> None:
    inbox.store(folder, b"Subject: x\nContent-Type: text/html\n\n<p>hello</p>")

    assert inbox.letters(folder)[0].text == ""


def test_an_unknown_mail_is_not_found(client: Client, folder: Path) -> None:
    assert client.get(f"/inbox/{uuid.uuid4()}/").status_code == 404


@pytest.mark.parametrize(("is_production", "there"), [(False, True), (True, False)])
def test_production_has_no_inbox(settings: Settings, is_production: bool, there: bool) -> None:
    settings.PRODUCTION = is_production

    names = {getattr(pattern, "name", None) for pattern in runpy.run_path(URLS)["urlpatterns"]}

    assert ({"inbox", "inbox_letter"} <= names) == there


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/sign-up/confirm/", "/password/reset/sent/"])
def test_local_mode_leads_to_the_inbox(client: Client, page: str) -> None:
    client.post("/sign-up/", {"name": "N", "email": "nora@example.com", "password": "seven purple kettles"})

    assert 'href="/inbox/"' in client.get(page).content.decode()


@pytest.mark.django_db
def test_production_does_not_mention_it(client: Client, settings: Settings) -> None:
    client.post("/sign-up/", {"name": "N", "email": "nora@example.com", "password": "seven purple kettles"})
    settings.PRODUCTION = True

    assert "inbox" not in client.get("/sign-up/confirm/").content.decode()
