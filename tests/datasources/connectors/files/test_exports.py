"""Providers' own exports: recognised by their header, and understood as the providers mean them."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from datasources.connectors.base import CustomerDraft, LineDraft, MovementDraft
from datasources.connectors.files import text
from datasources.connectors.files.dates import DateOrder
from datasources.connectors.files.outcomes import Outcome, Reader
from datasources.connectors.files.readers import reader_of
from datasources.connectors.files.reading import guessed, settled
from datasources.connectors.ledger_csv import Good, InTestMode, Refused

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "exports"
SHAPES = {
    "paypal_en": "paypal",
    "paypal_de": "paypal",
    "shopify_orders": "shopify-orders",
    "shopify_transactions": "shopify-transactions",
    "shopify_payouts": "shopify-payouts",
    "stripe_balance_itemized": "stripe-balance",
    "stripe_balance_dashboard": "stripe-balance",
    "stripe_payments": "stripe-payments",
}


def read(path: Path) -> tuple[Reader, list[Outcome]]:
    how = text.stored(path)
    reading = settled(guessed(how, currency="USD", zone="Europe/Berlin", source="x"), text.rows(path, how))
    reader = reader_of(replace(reading, dates=reading.dates or DateOrder.MONTH_FIRST), width=len(how.header))
    return reader, list(reader.read(text.rows(path, how)))


def movements(name: str) -> dict[str, MovementDraft]:
    _, outcomes = read(FOLDER / f"{name}.csv")
    return {found.draft.external_id: found.draft for found in outcomes if isinstance(found, Good)}


def told(name: str) -> list[tuple[str, str, str, int]]:
    return [(one.kind, one.status, str(one.amount), one.fee) for one in movements(name).values()]


@pytest.mark.parametrize(("name", "shape"), SHAPES.items())
def test_an_export_is_recognised_by_its_header(name: str, shape: str) -> None:
    how = text.stored(FOLDER / f"{name}.csv")

    assert guessed(how, currency="USD", zone="UTC", source="x").shape == shape


def test_paypals_types_fees_and_parents_are_understood() -> None:
    assert told("paypal_en") == [
        ("sale", "settled", "1100.00", 3980),
        ("refund", "settled", "-40.00", -116),
        ("payout", "settled", "-1000.00", 0),
    ]
    assert movements("paypal_en")["1H0011898K637700R"].parent_ref == "5TY05013RG002845M"


def test_a_time_of_paypal_is_one_of_the_zone_in_its_row() -> None:
    found = movements("paypal_en")

    assert found["5TY05013RG002845M"].occurred_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert found["7PO0000000000001"].occurred_at == datetime(2026, 3, 13, 8, tzinfo=UTC)


def test_paypal_speaks_german_too() -> None:
    (sale,) = movements("paypal_de").values()

    assert (sale.kind, str(sale.amount), sale.fee) == ("sale", "1100.00", 3980)
    assert sale.occurred_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_an_item_of_a_cart_is_left_out_and_that_is_said() -> None:
    reader, _ = read(FOLDER / "paypal_en.csv")

    assert reader.notes == [
        "Items of carts and memos move no money of their own and are left out (1 row, the first in line 5)"
    ]


def changed(tmp_path: Path, name: str, old: str, new: str) -> tuple[Reader, list[Outcome]]:
    path = tmp_path / "changed.csv"
    content = (FOLDER / f"{name}.csv").read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    return read(path)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Chargeback", "dispute"),
        ("Chargeback Reversal", "dispute_reversal"),
        ("Hold on Balance for Dispute Investigation", "dispute"),
        ("General Currency Conversion", "adjustment"),
        ("Reserve Hold", "adjustment"),
        ("Chargeback Fee", "fee"),
        ("Payment in a new manner", "refund"),
    ],
)
def test_each_type_of_paypal_has_a_kind(tmp_path: Path, words: str, kind: str) -> None:
    amount = "40.00" if kind == "dispute_reversal" else "-40.00"
    row = f'"{words}","Completed","USD","{amount}"'
    reader, outcomes = changed(tmp_path, "paypal_en", '"Payment Refund","Completed","USD","-40.00"', row)
    second = outcomes[1]

    assert isinstance(second, Good)
    assert second.draft.kind == kind
    assert any("not known" in note for note in reader.notes) == (words == "Payment in a new manner")


def test_only_the_first_row_of_a_shopify_order_has_its_total() -> None:
    found = movements("shopify_orders")

    assert list(found) == ["450789469", "450789469:refund"]
    assert [(one.kind, str(one.amount), one.shipping) for one in found.values()] == [
        ("sale", "110.00", 1000),
        ("refund", "-50.00", 0),
    ]
    assert found["450789469"].lines == (LineDraft("SKU-1", 2, 8000), LineDraft("SKU-2", 1, 2000))
    assert found["450789469"].customer == CustomerDraft(email="bob@example.com")


def test_a_refund_without_a_date_and_an_unpaid_order_are_marked() -> None:
    reader, _ = read(FOLDER / "shopify_orders.csv")

    assert [note.split(" (")[0] for note in reader.notes] == [
        "Refunds have no date in this file and are dated by their order",
        "Orders that are not paid are left out",
    ]


def test_rows_of_a_shopify_order_need_not_stand_together(tmp_path: Path) -> None:
    lines = (FOLDER / "shopify_orders.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / "shuffled.csv"
    path.write_text("".join([lines[0], lines[4], lines[3], lines[1], lines[2]]), encoding="utf-8")
    _, outcomes = read(path)

    totals = {found.draft.external_id: str(found.draft.amount) for found in outcomes if isinstance(found, Good)}
    assert totals == {"450789469": "110.00", "450789469:refund": "-50.00"}


def test_shopifys_transactions_have_kinds_and_states() -> None:
    assert told("shopify_transactions") == [
        ("sale", "settled", "110.00", 0),
        ("refund", "settled", "-50.00", 0),
        ("sale", "failed", "20.00", 0),
        ("sale", "settled", "20.00", 0),
    ]


def test_a_payout_of_shopify_names_the_order_by_which_it_is_paired() -> None:
    charge, refund, dispute, payout = movements("shopify_payouts").values()
    order = movements("shopify_transactions")

    assert (charge.provider_refs, charge.fee, dispute.kind, dispute.fee) == (("#1001",), 349, "dispute", 1500)
    assert (refund.kind, payout.kind) == ("refund", "payout")
    assert [one.payment_ref for one in order.values()] == ["#1001", "#1001", None, None]


def test_stripes_numbers_are_those_of_its_api() -> None:
    assert list(movements("stripe_balance_itemized")) == ["ch_a", "re_b", "ch_c", "txn_d"]
    assert told("stripe_balance_itemized") == [
        ("sale", "settled", "12.34", 66),
        ("refund", "settled", "-2.00", 0),
        ("sale", "settled", "1500", 54),
        ("dispute", "settled", "-10.34", 1500),
    ]


def test_stripes_dashboard_tells_the_same_in_utc() -> None:
    report, dashboard = movements("stripe_balance_itemized"), movements("stripe_balance_dashboard")

    assert list(dashboard) == ["ch_a", "re_b", "txn_e", "txn_f"]
    assert dashboard["ch_a"].occurred_at == report["ch_a"].occurred_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert [one.kind for one in dashboard.values()] == ["sale", "refund", "payout", "fee"]


def test_a_payment_of_stripe_is_told_without_its_refund() -> None:
    reader, outcomes = read(FOLDER / "stripe_payments.csv")

    assert told("stripe_payments") == [("sale", "settled", "11.00", 60), ("sale", "failed", "20.00", 0)]
    assert [type(one) for one in outcomes] == [Good, Good, InTestMode, Refused]
    assert "Refunds have no date" in reader.notes[0]
