"""From a stranger to the figures of a shop that was connected by consent, by hand; and every page on that way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account
from datasources.models import ImportRun, StreamState
from datasources.sandbox.dialects.stripe import Manner
from datasources.sandbox.server import Sandbox
from datasources.sandbox.world.shop import World
from datasources.sandbox.world.sums import figures
from putler.tenancy import tenant
from tests import make
from tests.browser.conftest import OWNER, VIEWER, Visitor
from tests.browser.test_sign_up import deliver, found, sign_up

NOW = datetime.now(UTC) - timedelta(hours=1)  # the shop stands still, so that its sums can be held against ours
OPENED = NOW - timedelta(days=20)
KEY = "rk_test_sandbox"


@pytest.fixture(scope="module")
def shop() -> World:
    """Give a shop that has sold in euros alone."""
    return World(opened=OPENED.date())


@pytest.fixture(autouse=True)
def sandbox(shop: World, settings: Settings, live_server: LiveServer, tmp_path: Path) -> Iterator[Sandbox]:
    """Serve the shop at another origin than the site."""
    cache.clear()
    settings.PUBLIC_URL, settings.INBOX = live_server.url, tmp_path / "inbox"
    with Sandbox(world=shop, now=lambda: NOW, stripe=Manner(per_second=10**6)) as sandbox:
        address = {"API_URL": f"{sandbox.url}/stripe", "AUTH_URL": f"{sandbox.url}/stripe"}
        registration = {"CLIENT_ID": Manner().client.identifier, "CLIENT_SECRET": Manner().client.secret}
        settings.PROVIDERS, settings.SANDBOX_URL = {"stripe": address | registration}, sandbox.url
        yield sandbox


def open_a_business(visitor: Visitor, folder: Path) -> Account:
    """Sign up, and name the business."""
    page = visitor.page
    visitor.open("/sign-up/")
    sign_up(page)
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    deliver(folder)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="inbox").click()
    opened.value.get_by_role("link", name="Your code for Putler").click()
    page.get_by_label("Code").fill(found(r"\d{4} \d{4}", opened.value.locator(".mail").inner_text())[0])
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("What is it called?").fill("Nora’s Noodles")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_role("button", name="Open Putler").click()
    page.get_by_role("link", name="Connect Stripe").click()
    return Account.objects.get(name="Nora’s Noodles")


def decide(page: Page, decision: str) -> None:
    """Go to the provider from the permission page, and allow or deny there."""
    page.get_by_role("button", name="Continue to Stripe").click()
    expect(page.get_by_text("This is not Stripe.")).to_be_visible()
    page.get_by_role("button", name=decision).click()


def rows_shown(page: Page) -> int:
    return int(page.locator("dt:text-is('Rows') + dd").inner_text().replace(",", ""))


def expected(shop: World, account: Account) -> dict[str, str]:
    """The shop's own sums, as Home writes them."""
    days = (OPENED.date(), datetime.now(account.zone).date())
    own = figures(shop.facts, days=days, zone=account.time_zone, now=NOW)
    assert set(own.gross) == {"EUR"}
    return {
        "Net sales": f"€{own.net['EUR'] / 100:,.2f}",
        "Orders": f"{own.orders['EUR']:,}",
        "Paying customers": f"{own.customers:,}",
        "Fees": f"€{own.fees['EUR'] / 100:,.2f}",
    }


def test_a_stranger_connects_a_shop_and_sees_what_it_earned(visitor: Visitor, settings: Settings, shop: World) -> None:
    page = visitor.page
    account = open_a_business(visitor, Path(settings.INBOX))
    expect(page.get_by_role("heading", name="Connect Stripe")).to_be_visible()
    decide(page, "Allow")
    expect(page.get_by_text("is connected. Its newest sales arrive first.")).to_be_visible()
    assert page.url == f"{visitor.url}/sources/"
    visitor.work()
    expect(page.get_by_text("Up to date")).to_be_visible()

    visitor.open("/?period=all")

    for label, figure in expected(shop, account).items():
        expect(page.get_by_role("link", name=f"{label}: {figure}.")).to_be_visible()


def test_progress_moves_without_reload_and_stops_when_all_is_read(visitor: Visitor) -> None:
    visitor.be(OWNER)
    page = visitor.page
    visitor.open("/sources/connect/stripe/")
    decide(page, "Allow")
    expect(page.get_by_text("Importing")).to_be_visible()
    page.evaluate("window.isStillHere = true")
    while not (count := _rows(visitor)) and visitor.step():
        pass

    expect(page.locator("dt:text-is('Rows') + dd")).to_have_text(f"{count:,}")
    visitor.work()
    expect(page.get_by_text("Up to date")).to_be_visible()
    assert rows_shown(page) == _rows(visitor) > count
    assert page.evaluate("window.isStillHere")
    assert not page.locator("#sources[hx-trigger]").count()


def _rows(visitor: Visitor) -> int:
    with tenant(visitor.account.pk):
        return visitor.account.transactions.count()


def test_home_says_what_is_missing_and_fills_by_itself(visitor: Visitor) -> None:
    visitor.be(OWNER)
    page = visitor.page
    visitor.open("/sources/connect/stripe/")
    decide(page, "Allow")
    expect(page.get_by_text("is connected")).to_be_visible()
    visitor.open("/")
    expect(page.get_by_text("the newest sales are on their way")).to_be_visible()
    assert "compared with" not in page.inner_text("main")
    visitor.work()

    expect(page.get_by_text("are on their way")).to_have_count(0, timeout=15_000)
    expect(page.get_by_role("link", name="Net sales: €0.00")).to_have_count(0)
    expect(page.get_by_role("region", name="Sources, table").get_by_text("Sandbox", exact=True)).to_be_visible()


def test_who_denies_is_told_so_and_may_begin_again(visitor: Visitor) -> None:
    visitor.be(OWNER)
    page = visitor.page
    visitor.open("/sources/connect/stripe/")
    decide(page, "Deny")

    expect(page.get_by_text("You did not allow access at Stripe; nothing was connected.")).to_be_visible()
    assert page.url == f"{visitor.url}/sources/connect/stripe/"
    decide(page, "Allow")
    expect(page.get_by_text("is connected")).to_be_visible()


def test_a_key_does_instead(visitor: Visitor) -> None:
    visitor.be(OWNER)
    page = visitor.page
    visitor.open("/sources/connect/stripe/")
    page.get_by_text("Or connect with a key").click()
    page.get_by_label("Restricted key").fill("sk_live_nothing")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("This is not the kind of key that is needed")
    expect(page.get_by_label("Restricted key")).to_have_value("")
    visitor.complaints.clear()  # the browser reports the status 422

    page.get_by_label("Restricted key").fill(KEY)
    page.get_by_role("button", name="Connect", exact=True).click()

    expect(page.get_by_text("is connected")).to_be_visible()


def test_a_sandbox_is_removed_with_one_click(visitor: Visitor) -> None:
    visitor.be(OWNER)
    page = visitor.page
    visitor.open("/sources/connect/stripe/")
    decide(page, "Allow")
    page.get_by_role("button", name="Remove this sandbox and its rows").click()

    expect(page.get_by_text("is removed, and its rows with it.")).to_be_visible()
    expect(page.get_by_role("heading", name="No source yet")).to_be_visible()
    visitor.work()
    visitor.open("/")
    expect(page.get_by_role("heading", name="Connect your first source")).to_be_visible()
    assert _rows(visitor) == 0


def a_source(account: Account, name: str, **fields: object) -> None:
    """A connected source in the state that the fields tell."""
    state = {"floor_at": OPENED, "head_at": NOW, "tail_at": OPENED} | fields
    own = {part: state.pop(part) for part in ("is_test", "attention") if part in state}
    source = make.source(account, name, provider="stripe", **own)
    with tenant(account.pk):
        StreamState.objects.create(account=account, source=source, stream="charges", number=0, **state)
        if state["tail_at"] != OPENED:
            ImportRun.objects.create(account=account, source=source, started_at=NOW, rows_read=4200)
    make.post(source, make.movement(f"{len(name)}.00 EUR", f"{NOW:%Y-%m-%d %H:%M}"))


def test_pages_of_connecting(looking: Visitor) -> None:
    looking.be(OWNER)
    looking.inspect("/sources/", "/sources/connect/stripe/")
    looking.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    looking.inspect_this()
    looking.page.get_by_label("Restricted key").fill("no key")
    looking.page.get_by_role("button", name="Connect", exact=True).click()
    expect(looking.page.get_by_role("alert").first).to_be_visible()
    looking.complaints.clear()
    looking.inspect_this()
    decide(looking.page, "Deny")
    expect(looking.page.get_by_text("nothing was connected")).to_be_visible()
    looking.inspect_this()


def test_pages_of_sources_in_every_state(looking: Visitor) -> None:
    account = looking.account
    a_source(account, "Complete")
    a_source(account, "A sandbox with quite a long name, to be sure", is_test=True, tail_at=NOW - timedelta(days=3))
    a_source(account, "Begun", tail_at=None, head_at=None)
    a_source(account, "Broken", attention="The key was deleted.", tail_at=NOW - timedelta(days=9))
    a_source(account, "Troubled", error="Stripe answered with status 500.")
    a_source(account, "Whole", is_unfiltered=True)
    make.post(make.source(account, "file.csv"), make.movement())
    make.follow(account)
    for who in (OWNER, VIEWER):
        looking.be(who)
        looking.inspect("/sources/", "/", "/?period=all", "/transactions/?period=all")


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_connecting_needs_no_script(visitor: Visitor) -> None:
    visitor.be(OWNER)
    visitor.open("/sources/connect/stripe/")
    decide(visitor.page, "Allow")

    expect(visitor.page.get_by_text("Importing")).to_be_visible()
