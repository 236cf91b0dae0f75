"""Somebody before a browser, with an account and the workers behind it."""

import uuid
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT as AXE
from django.conf import settings as django_settings
from django.core.mail import EmailMessage
from django.test import Client
from django.utils.module_loading import import_string
from django_q.models import OrmQ
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts import mail
from accounts.models import Account, OutgoingMail, Role
from accounts.services import create_account
from datasources import tasks
from datasources.models import Upload
from putler.tenancy import tenant
from tests import make

LOOKS = (("light", 1440), ("dark", 390))
FAULTS = """async () => {
    const fading = document.getAnimations().filter(one => one instanceof CSSTransition);  // from look to look
    await Promise.allSettled(fading.map(one => one.finished));
    return (await axe.run({resultTypes: ["violations"]})).violations;
}"""
OWNER, VIEWER, PASSWORD = "alice@example.com", "bob@example.com", "correct horse battery"


class Visitor:
    """Alice's account, which holds nothing yet, and somebody who looks at it."""

    def __init__(self, page: Page, url: str, complaints: list[str], folder: Path) -> None:
        self.page, self.url, self.complaints, self.folder = page, url, complaints, folder
        self.account: Account = create_account(
            email=OWNER, name="Alice’s Workshop", currency="EUR", time_zone="Europe/Berlin", password=PASSWORD
        )
        make.member(self.account, make.user("bob"), Role.VIEWER)

    def be(self, email: str) -> None:
        """Be signed in as this member from now on, and have just proved it."""
        client, name = Client(), django_settings.SESSION_COOKIE_NAME
        user = self.account.memberships.get(user__email=email).user
        client.force_login(user)
        make.prove(client, user)
        self.page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": self.url}])

    def look(self, scheme: str, width: int) -> None:
        """Use another colour scheme and window."""
        self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        self.page.set_viewport_size({"width": width, "height": 844})

    def open(self, path: str) -> None:
        """Go to a page."""
        self.page.goto(self.url + path)

    def inspect(self, *paths: str, status: int = 200) -> None:
        """Look for faults: by axe, sideways scrolling, and (the page fixture itself) console and CSP."""
        for path in paths:
            answer = self.page.goto(self.url + path)
            assert answer is not None
            assert answer.status == status, path
            self.complaints[:] = [text for text in self.complaints if status < 400 or f"status of {status}" not in text]
            self.inspect_this()

    def inspect_this(self) -> None:
        """Look for faults on the page that is open, in one look after the other."""
        self.page.evaluate(AXE)
        for look in LOOKS:
            self.look(*look)
            found = self.page.evaluate(FAULTS)
            assert not found, (self.page.url, look, [(fault["id"], fault["nodes"][0]["html"]) for fault in found])
            fits = self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert fits, f"{self.page.url} scrolls sideways at {look}"

    def write(self, text: str) -> Path:
        """A file on the visitor's own disk."""
        file = self.folder / "shop.csv"
        file.write_text(text, encoding="utf-8")
        return file

    def upload(self, file: Path) -> None:
        """Hand a file in by the form."""
        self.open("/files/")
        self.page.get_by_label("A CSV file of transactions or orders").set_input_files(file)
        self.page.get_by_role("button", name="Upload", exact=True).click()
        self.page.wait_for_url("**/files/*-*/")

    def has(self, text: str, preset: str = "ledger") -> str:
        """Have a file that was handed in earlier; answers its page's address."""
        path = str(self.write(text).rename(self.folder / f"{uuid.uuid4()}.csv"))
        with tenant(self.account.pk):
            upload = Upload.objects.create(account=self.account, name="a long name.csv", path=path, preset=preset)
        tasks.work_on_upload(self.account.pk, upload.pk)
        self.work()
        return f"/files/{upload.public_id}/"

    def mail(self) -> EmailMessage:
        """The newest mail that waits."""
        return mail.opened(OutgoingMail.objects.latest("pk"))

    def work(self) -> None:
        """Do what is queued, and what that queues, as the workers would."""
        while self.step():
            pass

    def step(self) -> bool:
        """Do the oldest job; answers whether there was one."""
        job = OrmQ.objects.order_by("pk").first()
        if job:
            job.delete()
            task = job.task["func"]
            (import_string(task) if isinstance(task, str) else task)(*job.task["args"], **job.task["kwargs"])
        return bool(job)


@pytest.fixture
def visitor(page: Page, live_server: LiveServer, complaints: list[str], settings: Settings, tmp_path: Path) -> Visitor:
    """Nobody yet: `be` signs in without the form."""
    settings.UPLOADS = tmp_path / "uploads"
    return Visitor(page, live_server.url, complaints, tmp_path)


@pytest.fixture
def looking(visitor: Visitor) -> Visitor:
    """Somebody with a small dark screen: pages are opened and used there, and inspected on a wide light one too."""
    visitor.look(*LOOKS[-1])
    return visitor
