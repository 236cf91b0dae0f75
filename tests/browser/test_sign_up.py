"""From a stranger to a business with figures to come, by hand; and every page on that way."""

import re
from pathlib import Path
from re import Match

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accounts import inbox, letters, mail
from accounts.models import Account, OutgoingMail
from tests.browser.conftest import OWNER, Visitor

NORA, PASSWORD = "nora@example.com", "seven purple kettles"


@pytest.fixture(autouse=True)
def post_office(settings: Settings, tmp_path: Path, live_server: object) -> None:
    """Mails arrive in this test's own inbox; nothing was tried too often."""
    settings.INBOX = tmp_path / "inbox"
    cache.clear()


def sign_up(page: Page, email: str = NORA, password: str = PASSWORD) -> None:
    page.get_by_label("Your name").fill("Nora New")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Continue").click()


def deliver(folder: Path) -> None:
    """What waits arrives in the inbox."""
    for row in OutgoingMail.objects.order_by("pk"):
        inbox.store(folder, mail.opened(row).message().as_bytes())
        row.delete()


def found(pattern: str, text: str) -> Match[str]:
    match = re.search(pattern, text)
    assert match, text
    return match


def test_a_stranger_becomes_the_owner_of_a_business_on_trial(visitor: Visitor, settings: Settings) -> None:
    page = visitor.page
    visitor.open("/login/")
    page.get_by_role("link", name="Create an account").click()
    sign_up(page)
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    deliver(settings.INBOX)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="inbox").click()
    opened.value.get_by_role("link", name="Your code for Putler").click()
    code = found(r"\d{4} \d{4}", opened.value.locator(".mail").inner_text())[0]

    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("What is it called?").fill("Nora’s Noodles")
    page.get_by_label("Currency").select_option("USD")
    page.get_by_role("button", name="Open Putler").click()

    expect(page.get_by_role("heading", name="Connect your first source")).to_be_visible()
    expect(page.get_by_text("Trial: 14 days left")).to_be_visible()


def test_a_mistyped_address_is_put_right_on_the_way(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/sign-up/")
    sign_up(page, "nroa@example.com")
    page.get_by_role("link", name="Change it").click()

    expect(page.get_by_label("Your name")).to_have_value("Nora New")
    sign_up(page)
    expect(page.get_by_text(NORA)).to_be_visible()


def test_the_browser_knows_the_time_zone(visitor: Visitor, browser_time_zone: str) -> None:
    visitor.be(OWNER)
    Account.objects.all().delete()
    visitor.open("/start/")

    expect(visitor.page.get_by_label("Time zone")).to_have_value(browser_time_zone)


@pytest.fixture
def browser_time_zone() -> str:
    return "Asia/Tokyo"


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, object], browser_time_zone: str) -> dict[str, object]:
    return browser_context_args | {"timezone_id": browser_time_zone}


def test_a_password_can_be_looked_at_while_it_is_typed(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/sign-up/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Show").click()

    expect(page.get_by_label("Password")).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide").click()
    expect(page.get_by_label("Password")).to_have_attribute("type", "password")


def test_the_inbox_shows_what_arrives_without_being_asked(visitor: Visitor, settings: Settings) -> None:
    visitor.open("/inbox/")
    expect(visitor.page.get_by_text("No mail yet")).to_be_visible()
    letters.send(letters.unknown(), to=NORA)
    deliver(settings.INBOX)

    expect(visitor.page.get_by_role("link", name="Nobody signs in")).to_be_visible()


def test_a_forgotten_password_is_replaced(visitor: Visitor, settings: Settings) -> None:
    page = visitor.page
    visitor.open("/login/")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail address").fill(OWNER)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    link = found(r"/password/reset/key/\S+", str(mail.opened(OutgoingMail.objects.get()).body))[0]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.headers.get("referer", "")))
    visitor.open(link)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    page.get_by_role("link", name="Sign in").click()

    page.get_by_label("E-mail address").fill(OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Connect your first source")).to_be_visible()
    assert not [address for address in asked if link in address]


def test_pages_on_the_way_in(looking: Visitor, settings: Settings) -> None:
    page = looking.page
    looking.inspect("/sign-up/", "/terms/", "/privacy/", "/inbox/", "/password/reset/", "/password/reset/sent/")
    looking.inspect("/password/reset/done/", f"/password/reset/key/{'0' * 32}-no-token/")
    looking.open("/sign-up/")
    sign_up(page)
    page.wait_for_url("**/confirm/")
    deliver(settings.INBOX)
    looking.inspect(
        "/sign-up/confirm/", "/sign-up/", "/inbox/", f"/inbox/{inbox.letters(settings.INBOX)[0].public_id}/"
    )


def test_pages_on_the_way_in_with_faults(looking: Visitor) -> None:
    page = looking.page
    looking.open("/sign-up/")
    sign_up(page, "no address", "Putler2026!")
    expect(page.get_by_text("This is no e-mail address.")).to_be_visible()
    looking.inspect_this()
    sign_up(page)
    for _ in range(5):
        page.get_by_label("Code").fill("0000 0000")
        page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("too many wrong codes")).to_be_visible()
    looking.inspect_this()


def test_the_business_page_and_the_trial(looking: Visitor) -> None:
    page = looking.page
    looking.be(OWNER)
    Account.objects.all().delete()
    looking.inspect("/start/")
    page.get_by_role("button", name="Open Putler").click()
    expect(page.get_by_text("Tell us what your business is called.")).to_be_visible()
    looking.inspect_this()
    page.get_by_label("What is it called?").fill("A business with quite a long name, to be sure")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_role("button", name="Open Putler").click()
    page.wait_for_url(looking.url + "/")
    looking.inspect("/", "/files/")
