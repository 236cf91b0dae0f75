"""Every page, empty, filled and in error, light and dark, wide and narrow: nothing to complain about."""

from pathlib import Path

from django.utils import timezone

from compliance.evidence.base import Finding, record
from compliance.evidence.registry import MEASURES
from tests.browser.conftest import OWNER, VIEWER, Visitor

SAMPLE = (Path(__file__).resolve().parents[2] / "static" / "sample-ledger.csv").read_text(encoding="utf-8")
SUMMER = "from=2026-06-01&to=2026-08-31"
IN_DOLLARS = (
    "source,source_kind,external_id,kind,status,occurred_at,amount,currency\nStripe,gateway,1,sale,settled,{},9,USD\n"
)


def test_pages_of_nobody(looking: Visitor) -> None:
    looking.inspect("/login/", "/?period=all", "/privacy/", "/security/")
    for number, name in enumerate(MEASURES):
        record(name, Finding("a" * 200, "somewhere", is_met=bool(number % 3)), now=timezone.now())
    looking.inspect("/security/")
    looking.inspect("/no-such-page/", status=404)


def test_pages_of_an_empty_account(looking: Visitor) -> None:
    looking.be(OWNER)
    looking.inspect("/", "/sales/", "/transactions/", "/transactions/?metric=orders", "/files/", "/files/format/")
    looking.inspect("/settings/business/", "/settings/privacy/", "/settings/privacy/customer/")
    looking.inspect("/settings/privacy/closing/", "/settings/privacy/leaving/")


def test_pages_of_a_filled_account(looking: Visitor) -> None:
    looking.be(OWNER)
    file = looking.has(SAMPLE)
    looking.inspect(f"/sales/?{SUMMER}", "/sales/?from=2026-06-12&to=2026-06-12&average=1&curve=orders")
    looking.inspect("/?period=all", "/?period=today", f"/?{SUMMER}&currency=USD", "/files/", file)
    looking.inspect(f"/customers/?{SUMMER}", f"/customers/list/?{SUMMER}", f"/products/?{SUMMER}")
    for kind in ("customers", "products"):
        looking.open(f"/{kind}/?{SUMMER}")
        one = looking.page.locator(f'th a[href^="/{kind}/"]:not([href*="list"])').first.get_attribute("href")
        looking.inspect(str(one))
    looking.inspect(
        "/transactions/?period=all", *(f"/transactions/?metric={slug}&{SUMMER}" for slug in ("fees", "aov"))
    )


def test_pages_in_error(looking: Visitor) -> None:
    lines = SAMPLE.splitlines(keepends=True)
    files = [looking.has("".join([*lines[:9], lines[9][:30] + "\n"])), looking.has("no,ledger\n")]
    looking.be(VIEWER)
    looking.inspect(
        "/?period=never&from=x&to=y&sources=z&compare=w&currency=v", "/transactions/?by=day&group=x", *files
    )
    looking.be(OWNER)
    looking.inspect("/files/", *files)


def test_rows_without_exchange_rate_are_named(looking: Visitor) -> None:
    looking.has(IN_DOLLARS.format(timezone.now().isoformat()))
    looking.be(OWNER)
    looking.inspect("/transactions/", "/")
    assert "1 row in USD not converted" in looking.page.inner_text("main")


def test_pages_of_a_file_that_others_wrote(looking: Visitor) -> None:
    rows = "1,2026-01-05,TEE,2,5.50\n1,x,TEE,2,5.50\n2,2026-01-05,TEE,2,1\n"
    clear = looking.has(f"order,date,sku,quantity,price\n{rows}", preset="")
    unclear = looking.has("nr,when,what,how many,each\n1,01/02/2026,TEE,1,5.50\n", preset="")
    looking.be(VIEWER)
    looking.inspect(clear, unclear)
    looking.be(OWNER)
    looking.inspect("/files/", clear, f"{clear}reading/", unclear, f"{unclear}reading/?was=&shape=movements")


def test_the_first_rows_follow_what_is_chosen(looking: Visitor) -> None:
    unclear = looking.has("nr,when,what,how many,each\n1,01/02/2026,TEE,2,5.50\n", preset="")
    looking.be(OWNER)
    looking.open(unclear)
    page = looking.page
    page.get_by_label("The file is").select_option("One product of an order a row")
    page.get_by_label("Order number", exact=True).wait_for()
    for label, column in (("Order number", "nr"), ("Date", "when"), ("Product code", "what"), ("Quantity", "how many")):
        page.get_by_label(label, exact=True).select_option(column)
    page.get_by_label("Price of one").select_option("each")
    page.get_by_label("Dates look like").select_option("dmy")
    page.get_by_label("Numbers look like").select_option(".")
    page.get_by_role("cell", name="1 Feb 2026").wait_for()
    looking.inspect_this()
    page.get_by_role("button", name="Check the file in this way").click()
    page.wait_for_url("**" + unclear)
    looking.work()
    page.get_by_role("button", name="Import everything").click()
    page.wait_for_load_state("networkidle")
    looking.work()
    page.get_by_text("Your figures follow").wait_for()
    looking.inspect_this()
