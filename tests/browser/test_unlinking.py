"""A source leaves the figures, comes back, and is deleted with a receipt; and every page on that way."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from datasources.models import (
    DataSource,
    ImportRun,
    PayoutPart,
    RefusedRecord,
    Statement,
    StatementKind,
    StreamState,
)
from datasources.services import duplicates, reconciling, unlinking
from putler.tenancy import tenant
from tests import make
from tests.browser.conftest import OWNER, VIEWER, Visitor

NOW = datetime.now(UTC) - timedelta(hours=1)
AT = f"{NOW:%Y-%m-%d %H:%M}"


def a_shop(visitor: Visitor) -> DataSource:
    """A source with one sale."""
    source = make.source(visitor.account, "Corner shop", kind="store")
    make.post(source, make.movement("77.00 EUR", AT, external_id="1001", payment_ref="ch_1"))
    make.follow(visitor.account)
    return source


def a_gateway(visitor: Visitor) -> DataSource:
    """A source that is read, with everything that its page can show."""
    source = make.source(visitor.account, "A payment provider with quite a long name", provider="stripe")
    whole = {"account": visitor.account, "source": source}
    make.post(source, make.movement("77.00 EUR", AT, external_id="ch_1"))
    read: dict[str, object] = {"floor_at": NOW, "tail_at": NOW, "head_at": NOW + timedelta(minutes=1)}
    with tenant(visitor.account.pk):
        told: dict[str, dict[str, object]] = {
            "charges": {},
            "refunds": {"error": "Stripe answered with status 500."},
            "disputes": {"is_refused": True},
        }
        for number, (stream, state) in enumerate(told.items()):
            StreamState.objects.create(**whole, stream=stream, number=number, **{**read, **state})
        ImportRun.objects.create(**whole, started_at=NOW, ended_at=NOW, state="done", rows_read=1200, rows_new=1)
        RefusedRecord.objects.create(**whole, ref="ch_of_no_currency_at_all", reason="“XYZ” is not a currency.")
        Statement.objects.create(**whole, external_id="po_1", at=NOW, currency="EUR", amount=7500)
        Statement.objects.create(
            **whole, external_id="balance", at=NOW, currency="EUR", amount=7700, kind=StatementKind.BALANCE
        )
        for ref, net in (("ch_1", 7700), ("re_missing", -200)):
            PayoutPart.objects.create(**whole, external_id=ref, payout_ref="po_1", at=NOW, currency="EUR", net=net)
    reconciling.reconcile(visitor.account.pk, source.pk, now=NOW)
    return source


def test_figures_go_come_back_and_go_for_good(visitor: Visitor) -> None:
    page, source = visitor.page, a_shop(visitor)
    figure = page.get_by_role("link", name="Net sales: €77.00.")
    visitor.be(OWNER)
    visitor.open("/?period=all")
    expect(figure).to_be_visible()

    visitor.open("/sources/")
    page.get_by_role("link", name="Corner shop").click()
    page.get_by_role("link", name="Unlink and delete…").click()
    expect(page.get_by_role("heading", name="Unlink Corner shop?")).to_be_visible()
    page.get_by_role("button", name="Unlink").click()
    expect(page.get_by_text("It is in no figure and no list").first).to_be_visible()
    visitor.open("/?period=all")
    expect(figure).to_have_count(0)

    visitor.open(f"/sources/{source.public_id}/")
    page.get_by_role("button", name="Bring it back").click()
    visitor.open("/?period=all")
    expect(figure).to_be_visible()

    visitor.open(f"/sources/{source.public_id}/unlink/")
    page.get_by_role("button", name="Unlink").click()
    page.get_by_role("link", name="Delete now…").click()
    expect(page.get_by_role("heading", name="Delete Corner shop now?")).to_be_visible()
    page.get_by_role("button", name="Delete now").click()
    expect(page.get_by_text("The deletion begins within moments.")).to_be_visible()
    visitor.work()
    expect(page.get_by_text("Everything is deleted.")).to_be_visible()
    expect(page.get_by_role("row", name="Rows of the ledger 2 0")).to_be_visible()
    with tenant(visitor.account.pk):
        assert not visitor.account.sources.exists()


def test_pages_of_a_source_and_of_what_it_agrees_with(looking: Visitor) -> None:
    looking.be(OWNER)
    looking.inspect("/sources/duplicates/", "/sources/reconciliation/", "/receipts/")
    store, gateway = a_shop(looking), a_gateway(looking)
    leaving = make.source(looking.account, "Leaving")
    unlinking.unlink(source=leaving, now=NOW)
    with tenant(looking.account.pk):
        pairs = [duplicates.match_of(link) for link in duplicates.linked(looking.account)]
        assert pairs
    pages = [f"/sources/{one.public_id}/" for one in (store, gateway, leaving)]
    looking.inspect(
        "/sources/", *pages, f"{pages[0]}unlink/", "/sources/duplicates/", "/sources/reconciliation/", "/receipts/"
    )
    looking.be(VIEWER)
    looking.inspect("/sources/", *pages, "/sources/duplicates/")
