"""The whole road of a second factor, by hand; and every page of it."""

import re
from pathlib import Path

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accounts import second_factor
from accounts.devices import AuthenticatorApp
from accounts.models import User
from tests.accounts.factor import Phone
from tests.browser.conftest import OWNER, PASSWORD, Visitor

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def untried(live_server: object) -> None:
    """Nothing was tried too often."""
    cache.clear()


def sign_in(page: Page) -> None:
    page.get_by_label("E-mail address").fill(OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def sign_out(visitor: Visitor) -> None:
    AuthenticatorApp.objects.update(last_step=-1)  # as half a minute later
    visitor.open("/")
    visitor.page.locator(".who summary").click()
    visitor.page.get_by_role("button", name="Sign out").click()
    visitor.page.wait_for_url("**/login/**")


def turn_on(visitor: Visitor) -> tuple[Phone, list[str]]:
    """Walk from the banner to the recovery codes."""
    page = visitor.page
    page.get_by_role("link", name="Turn it on").first.click()
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("You cannot scan it?").click()
    phone = Phone(page.locator(".key-text").inner_text())
    page.get_by_label("Type the six digits").fill(phone.shows())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Keep your recovery codes")).to_be_visible()
    return phone, page.locator(".codes code").all_inner_texts()


def test_the_whole_road(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/login/")
    sign_in(page)
    expect(page.get_by_text("Your password alone")).to_be_visible()
    phone, codes = turn_on(visitor)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download").click()
    kept = Path(saved.value.path()).read_text()
    assert re.findall(r"^[A-Z2-7-]{27}$", kept, re.MULTILINE) == codes
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 of 10")).to_be_visible()

    sign_out(visitor)
    sign_in(page)
    page.get_by_label("Code").fill(phone.shows())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Connect your first source")).to_be_visible()
    expect(page.get_by_text("Your password alone")).to_be_hidden()

    sign_out(visitor)
    sign_in(page)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(visitor.url + "/")
    visitor.open("/settings/security/")
    expect(page.get_by_text("9 of 10")).to_be_visible()


def test_fresh_proof_and_a_revoked_browser(visitor: Visitor, settings: Settings) -> None:
    page = visitor.page
    app = second_factor.begin(User.objects.get(email=OWNER))
    AuthenticatorApp.objects.update(confirmed=True)
    for _ in range(2):  # a browser that is left signed in, then this one
        page.context.clear_cookies()
        AuthenticatorApp.objects.update(last_step=-1)
        visitor.open("/login/")
        sign_in(page)
        page.get_by_label("Code").fill(Phone(app.key).shows())
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(visitor.url + "/")

    visitor.open("/settings/sessions/")
    page.get_by_role("button", name=re.compile("Sign out Chrome")).click()
    expect(page.get_by_text("No other browser is signed in.")).to_be_visible()
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    visitor.open("/settings/security/app/removal/")
    visitor.inspect_this()
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
    AuthenticatorApp.objects.update(last_step=-1)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code").fill(Phone(app.key).shows())
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Turn it off").click()
    expect(page.get_by_text("Two-factor authentication is off.")).to_be_visible()


def test_pages_without_a_second_factor(looking: Visitor) -> None:
    page = looking.page
    looking.be(OWNER)
    looking.inspect("/settings/security/", "/settings/password/", "/settings/email/", "/settings/sessions/")
    looking.inspect("/settings/security/app/")
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("You cannot scan it?").click()
    looking.inspect_this()
    looking.inspect("/settings/email/use/", status=404)


def test_pages_with_a_second_factor(looking: Visitor) -> None:
    page = looking.page
    looking.open("/login/")
    sign_in(page)
    turn_on(looking)
    looking.inspect_this()
    looking.inspect("/settings/security/", "/settings/security/recovery-codes/", "/settings/security/app/")
    looking.inspect("/settings/security/app/removal/", "/settings/sessions/")
    sign_out(looking)
    sign_in(page)
    looking.inspect("/2fa/", "/2fa/?recovery")
