"""What every test has: a database as the app role sees it, no network, and a browser that complains aloud."""

import ipaddress
import logging
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from playwright.sync_api import Page
from pytest_django import DjangoDbBlocker
from whitenoise.middleware import WhiteNoiseMiddleware

from putler.logs import JsonFormatter
from tests.canaries import Canaries
from tests.database import Emptying, private_database

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps an event loop in the test's thread


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser; its server has connections of its own and must see committed rows."""
    for item in items:
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker, worker_id: str) -> Iterator[None]:
    """Make this worker's database as the owner; tests use it as the app role."""
    with django_db_blocker.unblock(), private_database(worker_id), pytest.MonkeyPatch.context() as patch:
        empty = Emptying(connections["owner"].get_connection_params())
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty())
        yield


@pytest.fixture(scope="session", autouse=True)
def outbox(django_test_environment: None) -> None:
    """Write mails down as the site does; pytest-django would keep them in memory."""
    settings.EMAIL_BACKEND = "accounts.mail.Outbox"


@pytest.fixture(scope="session", autouse=True)
def static_files_are_listed_once() -> Iterator[None]:
    """Give every client the files that the first one found; else each reads all headers of all files anew."""
    list_files: Callable[[WhiteNoiseMiddleware], None] = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, Any] = {}

    def remember(self: WhiteNoiseMiddleware) -> None:
        if not found:
            list_files(self)
            found.update(self.files)
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", remember)
        yield


@pytest.fixture(scope="session")
def put_away(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder for what the site keeps outside the database, of this process and those that it starts."""
    folder = tmp_path_factory.mktemp("kept")
    settings.ERASURES, settings.EXPORTS = folder / "erasures.jsonl", folder / "exports"
    os.environ["ERASURES"] = str(settings.ERASURES)
    return folder


@pytest.fixture(autouse=True)
def nothing_was_erased(put_away: Path) -> Iterator[None]:
    """Forget afterwards what a test erased: with its rows gone, the database would seem to be a restored one."""
    yield
    settings.ERASURES.unlink(missing_ok=True)


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse connections that would leave this machine."""
    connect = socket.socket.connect

    def connect_nearby(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"A test tried to reach {address[0]}.")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_nearby)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_secret_is_logged(django_test_environment: None) -> Iterator[Canaries]:
    """Fail the run for a log line with a password, code, key or session that a test used."""
    logging.getLogger("putler.requests").setLevel(logging.INFO)  # as in production
    with pytest.MonkeyPatch.context() as patch:
        canaries = Canaries(patch)
        yield canaries
        canaries.stop()
        assert not canaries.found(), canaries.found()[:5]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the system's Chromium."""
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    executable = next(found, None)
    assert executable, "Chromium is missing: `make browser` installs it."
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": executable, "args": ["--disable-dev-shm-usage", "--disable-gpu", *sandbox]}


@pytest.fixture
def complaints() -> list[str]:
    """Collect what the browser reports; a test that expects a complaint empties it."""
    return []


@pytest.fixture
def page(page: Page, complaints: list[str]) -> Iterator[Page]:
    """Open a page that fails the test for every script error and console error, CSP violations among them."""
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    assert not complaints, complaints


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What the site's own handler writes."""
    [handler] = [each for each in logging.getLogger().handlers if isinstance(each.formatter, JsonFormatter)]
    stream = StringIO()
    monkeypatch.setattr(handler, "stream", stream)
    return stream
