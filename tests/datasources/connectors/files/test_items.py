"""Rows of products: gathered into orders over the whole file."""

from pathlib import Path
from typing import Any

import pytest

from datasources.connectors.base import LineDraft, MovementDraft
from datasources.connectors.files import text
from datasources.connectors.files.items import Items
from datasources.connectors.files.outcomes import Outcome
from datasources.connectors.files.reading import guessed, settled
from datasources.connectors.ledger_csv import Good, Refused

REAL = Path(__file__).resolve().parents[2] / "fixtures" / "online-retail.csv"
HEADER = "order,date,sku,quantity,price\n"


def outcomes(path: Path, **said: Any) -> list[Outcome]:
    how = text.stored(path)
    reading = guessed(how, currency="GBP", zone="Europe/London", source="Shop")
    return list(Items(settled(reading, text.rows(path, how)), width=len(how.header)).read(text.rows(path, how)))


@pytest.fixture(scope="module")
def orders() -> dict[str, MovementDraft]:
    return {found.draft.external_id: found.draft for found in outcomes(REAL) if isinstance(found, Good)}


def total(orders: dict[str, MovementDraft], kind: str) -> tuple[int, int]:
    """How many, and their sum in pence."""
    chosen = [order.amount.minor for order in orders.values() if order.kind == kind]
    return len(chosen), sum(chosen)


def test_the_real_files_totals_are_exact(orders: dict[str, MovementDraft]) -> None:
    assert total(orders, "sale") == (8, 13912 + 85586 + 19260 + 84669 + 40068 + 1500)  # two are worth nothing
    assert total(orders, "refund") == (3, -2750 - 2211 - 380)
    assert total(orders, "adjustment") == (2, 0)


def test_an_order_that_another_interrupts_is_one(orders: dict[str, MovementDraft]) -> None:
    assert (len(orders["542806"].lines), orders["542806"].amount.minor) == (39, 84669)


def test_parts_of_a_penny_are_rounded_once_an_order(orders: dict[str, MovementDraft]) -> None:
    assert orders["568200"].amount.minor == 40068
    assert all(
        sum(line.amount for line in order.lines) + order.shipping == order.amount.minor for order in orders.values()
    )


def test_postage_is_shipping(orders: dict[str, MovementDraft]) -> None:
    assert {number: order.shipping for number, order in orders.items() if order.shipping} == {
        "536370": 5400,
        "536403": 1500,
        "C537414": -441,
    }


def test_a_correction_of_the_stock_is_no_refund(orders: dict[str, MovementDraft]) -> None:
    assert orders["536589"].kind == "sale"
    assert orders["536589"].lines == (LineDraft("21777", -10, 0),)


def test_who_has_no_number_is_a_guest(orders: dict[str, MovementDraft]) -> None:
    assert {number for number, order in orders.items() if not order.customer} == {
        "536414",
        "536589",
        "A563185",
        "A563186",
    }


def written(tmp_path: Path, *lines: str) -> list[Outcome]:
    (file := tmp_path / "shop.csv").write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return outcomes(file)


def drafts(tmp_path: Path, *lines: str) -> list[MovementDraft]:
    return [found.draft for found in written(tmp_path, *lines) if isinstance(found, Good)]


def test_what_rounding_leaves_over_goes_to_the_largest_line(tmp_path: Path) -> None:
    [order] = drafts(tmp_path, "1,2026-01-05,A,1,0.005", "1,2026-01-05,B,1,7.005", "1,2026-01-05,C,1,0.005")

    assert order.amount.minor == 702  # 7.015 in all, while the lines alone would be 1 + 701 + 1
    assert [line.amount for line in order.lines] == [1, 700, 1]


def test_an_order_is_dated_by_its_earliest_line(tmp_path: Path) -> None:
    [order] = drafts(tmp_path, "1,2026-07-05 10:01,A,1,5.5", "1,2026-07-05 10:00,B,1,5")

    assert order.occurred_at.isoformat() == "2026-07-05T09:00:00+00:00"


def test_an_order_with_a_bad_line_is_left_out_with_all_its_lines(tmp_path: Path) -> None:
    found = written(
        tmp_path, "1,2026-01-05,A,1,5.5", "2,2026-01-05,A,1,5", "1,2026-01-05,B,one,5", "1,2026-01-05,C,1,5"
    )

    assert [outcome.draft.external_id for outcome in found if isinstance(outcome, Good)] == ["2"]
    assert [(outcome.line, outcome.rows) for outcome in found if isinstance(outcome, Refused)] == [(4, 1), (2, 2)]


def test_a_negative_order_is_a_refund_whatever_its_number(tmp_path: Path) -> None:
    assert [order.kind for order in drafts(tmp_path, "1,2026-01-05,A,-1,5.5", "2,2026-01-05,A,1,5")] == [
        "refund",
        "sale",
    ]


def test_a_shop_that_numbers_all_orders_with_an_a_has_sales(tmp_path: Path) -> None:
    assert {order.kind for order in drafts(tmp_path, "A1,2026-01-05,X,1,5.5", "A2,2026-01-05,X,1,5")} == {"sale"}


@pytest.mark.parametrize(
    "line",
    ["1,2026-01-05,A,1", "1,never,A,1,5", "1,2026-01-05,A,1.5,5", "1,2026-01-05,A,1,five", ",2026-01-05,A,1,5",
     "1,2026-01-05,,1,5", "1,2026-01-05,A,9999999,5", "1,2026-01-05,A,1000000,99999999999"],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_refused(tmp_path: Path, line: str) -> None:
    assert [type(found) for found in written(tmp_path, line)] == [Refused]
