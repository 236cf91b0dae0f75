"""From an empty account to figures and back, by hand."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account, User
from datasources.models import Customer, DataSource, Transaction, Upload
from putler.tenancy import tenant
from tests.browser.conftest import EMAIL, PASSWORD

Work = Callable[[], None]
HEADER = "source,source_kind,external_id,kind,status,occurred_at,amount,currency,customer\n"


def ledger_file(folder: Path, *rows: str) -> Path:
    """Two sales, a refund and two faults, of this week."""
    now = timezone.now()
    file = folder / "shop.csv"
    lines = (row.replace("DAY", f"{now - timedelta(days=age):%Y-%m-%d}") for age, row in enumerate(rows, start=1))
    file.write_text(HEADER + "".join(f"Stripe,gateway,{line}\n" for line in lines), encoding="utf-8")
    return file


ROWS = (
    "re-1,refund,settled,DAYT09:00:00Z,-15.00,EUR,ann@example.com",
    "ch-2,sale,settled,DAYT09:00:00Z,40.00,EUR,bob@example.com",
    "ch-3,sale,settled,yesterday,7.00,EUR,bob@example.com",
    "ch-1,sale,settled,DAYT09:00:00Z,100.00,EUR,ann@example.com",
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


def upload(page: Page, live_server: LiveServer, file: Path) -> None:
    page.goto(f"{live_server.url}/files/")
    page.get_by_label("A CSV file of transactions").set_input_files(file)
    page.get_by_role("button", name="Upload", exact=True).click()


def test_a_first_file_with_faults_becomes_figures_and_leaves_no_trace(
    page: Page, live_server: LiveServer, account: Account, work: Work, tmp_path: Path
) -> None:
    page.goto(live_server.url)
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Upload a file").click()

    upload(page, live_server, ledger_file(tmp_path, *ROWS))
    expect(page.get_by_text("Being checked")).to_be_visible()
    work()
    refused = page.get_by_role("region", name="Refused lines, table")
    expect(refused.get_by_role("row")).to_have_count(3)  # seen without a reload
    expect(refused.get_by_role("row").nth(1)).to_contain_text("4occurred_at is “yesterday”")
    expect(refused.get_by_role("row").nth(2)).to_contain_text("6The amount is -1.00")

    page.get_by_role("button", name="Import the 3 good lines").click()
    work()
    page.get_by_role("link", name="See them on Home").click()
    for label, value in FIGURES.items():
        expect(page.get_by_role("link", name=f"{label}: {value}. Show the rows behind it.")).to_be_visible()

    page.get_by_role("link", name="Net sales: €125.00").click()
    rows = page.get_by_role("region", name="Rows, table").get_by_role("row")
    assert [row.locator("td").last.inner_text() for row in rows.all()[1:]] == ["−€15.00", "€40.00", "€100.00", "€125.00"]

    page.get_by_role("link", name="Files", exact=True).click()
    page.get_by_role("link", name="shop.csv").click()
    page.get_by_role("button", name="Delete this file’s rows").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete 3 rows").click()
    expect(page.get_by_text("Being deleted")).to_be_visible()
    work()
    expect(page.get_by_text("No file yet.")).to_be_visible()
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", name="Upload your first file")).to_be_visible()
    with tenant(account.pk):
        left = [model.objects.filter(account=account).count() for model in (Upload, Transaction, Customer, DataSource)]  # type: ignore[attr-defined]
    assert left == [0, 0, 0, 0]


def test_a_filter_changes_the_figures_and_the_address_without_a_reload(
    page: Page, live_server: LiveServer, account: Account, alice: User, sign_in: Callable[[User], None], work: Work,
    tmp_path: Path,
) -> None:  # fmt: skip
    sign_in(alice)
    upload(page, live_server, ledger_file(tmp_path, *(ROWS[place] for place in (0, 1, 3))))
    work()
    page.goto(live_server.url)
    page.evaluate("window.sameDocument = true")

    page.locator("#period").select_option("Today")
    expect(page.get_by_role("link", name="Net sales: €0.00")).to_be_visible()
    assert page.evaluate("window.sameDocument")
    assert "period=today" in page.url

    page.go_back()
    expect(page.get_by_role("link", name="Net sales: €125.00")).to_be_visible()


def test_arrow_keys_read_the_chart(
    page: Page, live_server: LiveServer, account: Account, alice: User, sign_in: Callable[[User], None], work: Work,
    tmp_path: Path,
) -> None:  # fmt: skip
    sign_in(alice)
    upload(page, live_server, ledger_file(tmp_path, *(ROWS[place] for place in (0, 1, 3))))
    work()
    page.goto(live_server.url)

    page.get_by_role("group", name="Net sales over time").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".tip")).to_contain_text("−€15.00")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".tip")).to_contain_text("€40.00")


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_a_file_can_be_uploaded_and_filtered_without_script(
    page: Page, live_server: LiveServer, account: Account, alice: User, sign_in: Callable[[User], None], work: Work,
    tmp_path: Path,
) -> None:  # fmt: skip
    sign_in(alice)
    upload(page, live_server, ledger_file(tmp_path, *(ROWS[place] for place in (0, 1, 3))))
    work()
    page.goto(live_server.url)

    page.locator("#period").select_option("Today")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("link", name="Net sales: €0.00")).to_be_visible()
