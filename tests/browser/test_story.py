"""From an empty account to figures and back, by hand."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from datasources.models import Customer, DataSource, Transaction, Upload
from datasources.services.filing import request_deletion
from putler.tenancy import tenant
from tests.browser.conftest import OWNER, PASSWORD, Visitor

HEADER = "source,source_kind,external_id,kind,status,occurred_at,amount,currency,customer\n"
REFUND = "re-1,refund,settled,DAYT09:00:00Z,-15.00,EUR,ann@example.com"
SALES = (
    "ch-2,sale,settled,DAYT09:00:00Z,40.00,EUR,bob@example.com",
    "ch-1,sale,settled,DAYT09:00:00Z,100.00,EUR,ann@example.com",
)
FAULTS = (
    "ch-3,sale,settled,yesterday,7.00,EUR,bob@example.com",
    "ch-4,sale,settled,DAYT09:00:00Z,-1.00,EUR,bob@example.com",
)
# By hand: 100 + 40 − 15 = 125; two orders of (100 + 40) ÷ 2 = 70; 15 ÷ 140 = 10.71 %; two customers, both new.
FIGURES = {
    "Net sales": "€125.00",
    "Orders": "2",
    "Average order value": "€70.00",
    "Paying customers": "2",
    "New customers": "2",
    "Refund rate": "10.71%",
    "Fees": "€0.00",
    "Net earnings": "€125.00",
}


def ledger(*rows: str) -> str:
    """The rows as a file: the first is of yesterday where the account is, each further one a day older."""
    today = timezone.now().astimezone(ZoneInfo("Europe/Berlin"))
    days = (f"{today - timedelta(days=age):%Y-%m-%d}" for age in range(1, len(rows) + 1))
    return HEADER + "".join(f"Stripe,gateway,{row.replace('DAY', day)}\n" for row, day in zip(rows, days, strict=True))


def test_an_owner_signs_in_and_is_shown_the_way(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/")
    page.get_by_label("E-mail address").fill(OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Upload a file").click()

    expect(page.get_by_role("heading", name="Files", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Sample file")).to_have_attribute("href", "/static/sample-ledger.csv")


def test_a_file_with_faults_becomes_figures(visitor: Visitor) -> None:
    visitor.be(OWNER)
    page = visitor.page
    visitor.upload(visitor.write(ledger(REFUND, SALES[0], FAULTS[0], SALES[1], FAULTS[1])))
    expect(page.get_by_text("Being checked")).to_be_visible()
    visitor.work()
    refused = page.get_by_role("region", name="Refused lines, table").get_by_role("row")
    expect(refused).to_have_count(3)  # seen without a reload
    expect(refused.nth(1)).to_contain_text("4occurred_at is “yesterday”")
    expect(refused.nth(2)).to_contain_text("6The amount is -1.00")

    page.get_by_role("button", name="Import the 3 good lines").click()
    visitor.work()
    page.get_by_role("link", name="See them on Home").click()
    for label, value in FIGURES.items():
        expect(page.get_by_role("link", name=f"{label}: {value}. Show the rows behind it.")).to_be_visible()


def test_the_rows_behind_a_figure_add_up_to_it(visitor: Visitor) -> None:
    visitor.be(OWNER)
    visitor.has(ledger(REFUND, *SALES))
    visitor.open("/")

    visitor.page.get_by_role("link", name="Net sales: €125.00").click()

    rows = visitor.page.get_by_role("region", name="Rows, table").get_by_role("row")
    expect(rows).to_have_count(5)
    assert [row.locator("td").last.inner_text() for row in rows.all()[1:]] == [
        "−€15.00",
        "€40.00",
        "€100.00",
        "€125.00",
    ]


def test_deleting_a_files_rows_leaves_an_empty_account(visitor: Visitor) -> None:
    visitor.be(OWNER)
    page = visitor.page
    visitor.open(visitor.has(ledger(REFUND, *SALES)))
    page.get_by_role("button", name="Delete this file’s rows").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete 3 rows").click()
    expect(page.get_by_text("Being deleted")).to_be_visible()

    visitor.work()

    expect(page.get_by_text("No file yet.")).to_be_visible()
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", name="Connect your first source")).to_be_visible()
    with tenant(visitor.account.pk):
        assert not any(model.objects.exists() for model in (Upload, Transaction, Customer, DataSource))


def test_who_watches_a_file_vanish_is_led_to_the_others(visitor: Visitor) -> None:
    visitor.be(OWNER)
    page = visitor.page
    path = visitor.has(ledger(REFUND, *SALES))
    with tenant(visitor.account.pk):
        request_deletion(visitor.account.uploads.get())
    visitor.open(path)
    expect(page.get_by_text("Its rows are being deleted.")).to_be_visible()

    visitor.work()

    page.wait_for_url("**/files/")
    assert all("404" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()


def test_a_filter_changes_figures_and_address_without_a_reload(visitor: Visitor) -> None:
    visitor.be(OWNER)
    page = visitor.page
    visitor.has(ledger(REFUND, *SALES))
    visitor.open("/")
    page.evaluate("window.sameDocument = true")

    page.locator("#period").select_option("Today")
    expect(page.get_by_role("link", name="Net sales: €0.00")).to_be_visible()
    assert page.evaluate("window.sameDocument")
    assert "period=today" in page.url
    page.go_back()
    expect(page.get_by_role("link", name="Net sales: €125.00")).to_be_visible()


def test_the_chart_is_read_by_keys_and_pointer_also_after_a_swap(visitor: Visitor) -> None:
    visitor.be(OWNER)
    page = visitor.page
    visitor.has(ledger(REFUND, *SALES))
    visitor.open("/")
    page.locator("#period").select_option("Last 7 days")
    expect(page.locator("h1 + p")).to_contain_text("compared with")
    page.wait_for_url("**period=last_7**")
    page.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")

    page.get_by_role("group", name="Net sales over time").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".tip")).to_contain_text("−€15.00")
    page.locator(".plot").hover(position={"x": 1, "y": 50})
    expect(page.locator(".tip")).to_contain_text("€0.00")


def test_a_search_for_a_person_stands_in_no_address(visitor: Visitor) -> None:
    visitor.be(OWNER)
    page = visitor.page
    visitor.has(ledger(REFUND, *SALES))
    visitor.open("/transactions/")

    page.get_by_role("searchbox").fill("ann@")
    page.get_by_role("button", name="Search").click()

    expect(page.get_by_role("region", name="Rows, table").get_by_role("row")).to_have_count(3)
    assert "ann" not in page.url
    assert not page.locator("a[href*='@'], a[href*='%40']").count()


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_uploading_and_filtering_need_no_script(visitor: Visitor) -> None:
    visitor.be(OWNER)
    visitor.upload(visitor.write(ledger(REFUND, *SALES)))
    visitor.work()
    visitor.open("/")

    visitor.page.locator("#period").select_option("Today")
    visitor.page.get_by_role("button", name="Show", exact=True).click()

    expect(visitor.page.get_by_role("link", name="Net sales: €0.00")).to_be_visible()


def test_the_chosen_colours_last(visitor: Visitor) -> None:
    visitor.be(OWNER)
    page = visitor.page
    visitor.open("/")
    page.locator(".who summary").click()
    page.get_by_role("button", name="System colours").click()
    page.get_by_role("button", name="Light colours").click()

    page.reload()

    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
