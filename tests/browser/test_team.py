"""From an invitation to a restricted view, by hand; and every page of teams, trials and settings of one's own."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accounts.models import Account, OutgoingMail, Role
from tests import make
from tests.browser.conftest import OWNER, VIEWER, Visitor
from tests.browser.test_sign_up import deliver, found, sign_up

LEDGER = (
    "source,source_kind,external_id,kind,status,occurred_at,amount,currency,customer\n"
    "Stripe,gateway,1,sale,settled,{0},90.00,EUR,ann@example.com\n"
    "Market,gateway,2,sale,settled,{0},7.00,EUR,zoe@example.com\n"
)


@pytest.fixture(autouse=True)
def post_office(settings: Settings, tmp_path: Path, live_server: object) -> None:
    """Mails arrive in this test's own inbox; nothing was tried too often."""
    settings.INBOX = tmp_path / "inbox"
    cache.clear()


def invite(page: Page, email: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Only these sources").check()
    page.get_by_label("Stripe").check()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text(f"An invitation is on its way to {email}")).to_be_visible()


def test_somebody_invited_signs_up_and_sees_some_sources_only(visitor: Visitor, settings: Settings) -> None:
    page = visitor.page
    visitor.has(LEDGER.format(timezone.now().isoformat()))
    visitor.be(OWNER)
    visitor.open("/settings/team/")
    invite(page, "nora@example.com")
    path = found(r"/invitation/key/\S+", str(visitor.mail().body))[0]
    OutgoingMail.objects.all().delete()
    page.context.clear_cookies()

    visitor.open(path)
    assert "/key/" not in page.url
    page.get_by_role("link", name="Sign up to join").click()
    expect(page.get_by_label("E-mail address")).to_have_value("nora@example.com")
    sign_up(page)
    deliver(settings.INBOX)
    visitor.open("/inbox/")
    page.get_by_role("link", name="Your code for Putler").click()
    code = found(r"\d{4} \d{4}", page.locator(".mail").inner_text())[0]
    visitor.open("/sign-up/confirm/")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("link", name="Net sales: €90.00")).to_be_visible()
    visitor.open("/sources/")
    expect(page.get_by_role("link", name="Stripe")).to_be_visible()
    assert "Market" not in page.content()


def test_pages_of_the_team(looking: Visitor) -> None:
    looking.has(LEDGER.format(timezone.now().isoformat()))
    alice = looking.account.memberships.get(role=Role.OWNER)
    bob = looking.account.memberships.get(user__email=VIEWER)
    make.invitation(looking.account, by=alice.user)
    looking.be(OWNER)
    looking.inspect("/settings/team/", f"/settings/team/{bob.public_id}/", f"/settings/team/{alice.public_id}/")
    looking.inspect("/settings/profile/", "/settings/notifications/", "/settings/trial/", "/accounts/new/")
    looking.open(f"/settings/team/{bob.public_id}/")
    looking.page.get_by_label("Only these sources").check()
    looking.page.get_by_role("button", name="Save").click()
    expect(looking.page.get_by_text("Choose at least one source")).to_be_visible()
    looking.complaints.clear()
    looking.inspect_this()
    looking.page.get_by_role("button", name=f"Remove {VIEWER}").click()
    looking.inspect_this()
    looking.be(VIEWER)
    looking.inspect("/settings/team/", "/settings/notifications/")


def test_pages_of_an_invitation(looking: Visitor) -> None:
    alice = looking.account.memberships.get(role=Role.OWNER)
    make.invitation(looking.account, by=alice.user)
    path = found(r"/invitation/key/\S+", str(looking.mail().body))[0]
    looking.inspect(path, "/sign-up/")
    looking.be(VIEWER)
    looking.inspect(path)
    looking.inspect("/invitation/key/" + "0" * 32 + "-" + "x" * 43 + "/", status=404)


def test_pages_of_a_trial(looking: Visitor) -> None:
    Account.objects.update(trial_ends_at=timezone.now() + timedelta(days=3))
    looking.be(OWNER)
    looking.inspect("/", "/settings/trial/", "/sources/")
    Account.objects.update(trial_ends_at=timezone.now())
    looking.inspect("/", status=402)
    looking.inspect("/settings/trial/", "/sources/", "/files/")


def test_the_header_leads_to_another_account(looking: Visitor) -> None:
    other = make.account("Second shop")
    make.member(other, looking.account.memberships.get(role=Role.OWNER).user, Role.OWNER)
    looking.be(OWNER)
    looking.open("/")
    looking.page.locator(".who > summary").click()
    looking.inspect_this()
    looking.page.get_by_role("button", name="Second shop").click()

    expect(looking.page.locator(".who > summary")).to_contain_text("Second shop")
