"""Somebody on the way into Putler, and a mail server that is one."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import Settings

from accounts import mail
from accounts.models import OutgoingMail
from putler.environment import MailServer

ROOT = Path(__file__).resolve().parents[2]
NORA = {"name": "Nora New", "email": "nora@example.com", "password": "seven purple kettles"}
WRONG = "0000 0000"


class Newcomer:
    """A browser on the way in, and the mails that it caused."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def signs_up(self, **changed: str) -> int:
        """Send the first form; answers its status."""
        return self.client.post("/sign-up/", NORA | changed).status_code

    def types(self, code: str) -> tuple[int, str]:
        """Send a code; answers the status, and where to or the page."""
        answer = self.client.post("/sign-up/confirm/", {"code": code})
        return answer.status_code, answer.headers.get("Location") or answer.content.decode()

    def code(self) -> str:
        """The code in the newest mail, or "" where it has none."""
        found = re.search(r"^ +(\d{4} \d{4})$", str(mails()[-1].body), re.MULTILINE)
        return found[1] if found else ""


def mails() -> list[EmailMessage]:
    """The mails that wait to be sent, oldest first."""
    return [mail.opened(row) for row in OutgoingMail.objects.order_by("pk")]


@pytest.fixture
def newcomer(client: Client, db: None) -> Newcomer:
    cache.clear()
    return Newcomer(client)


@pytest.fixture
def quick_passwords(settings: Settings) -> None:
    """Hash passwords in no time, where a test is about something else and types many."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def sink(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """Run the inbox as `make run` does and send mails there; yields the folder that they arrive in."""
    folder = tmp_path / "inbox"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.EMAIL_SERVER = MailServer("127.0.0.1", listener.getsockname()[1], "", "", "")
        settings.INBOX = folder
        command = [sys.executable, "-m", "accounts.inbox", str(listener.fileno()), str(folder)]
        process = subprocess.Popen(command, cwd=ROOT, pass_fds=[listener.fileno()])
    try:
        yield folder
    finally:
        process.terminate()
        process.wait(timeout=10)
