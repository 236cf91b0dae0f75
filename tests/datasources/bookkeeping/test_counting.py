"""What rows count as: the worked example of docs/metrics.md from its rows to its figures, and each rule by itself."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from datasources.bookkeeping.conversion import Rates
from datasources.bookkeeping.counting import count
from datasources.bookkeeping.rows import Entry, Row
from putler.kernel.periods import local_day

from .make import PAYPAL, STRIPE, WOO, row

TEE, MUG = 1, 2
ANN, BOB, CID, DAN = 11, 12, 13, 14
RATES = Rates(
    [("USD", date(2026, 1, 30), Decimal("1.10")), ("USD", date(2026, 2, 2), Decimal("1.20"))],
    last_day=date(2026, 2, 27),
)
USD: dict[str, Any] = {"currency": "USD"}
A1: dict[str, Any] = {"customer_id": ANN, "order_ref": "A1"}
A2: dict[str, Any] = {"customer_id": BOB, "order_ref": "A2"}
A3: dict[str, Any] = {"customer_id": ANN, "order_ref": "A3"}
A4: dict[str, Any] = {"customer_id": CID, "order_ref": "A4"}
A5: dict[str, Any] = {"customer_id": DAN, "order_ref": "A5"}
EXAMPLE = [
    row(STRIPE, "a", 11000, "2026-01-30 10:00", fee=330, shipping=1100, lines=[(TEE, 1, 9900)], **A1, **USD),
    row(STRIPE, "b", 5000, "2026-01-31 23:30", fee=100, tax=800, lines=[(MUG, 2, 4200)], **A2),
    row(STRIPE, "c", -5500, "2026-02-01 09:00", kind="refund", parent_ref="a", **A1, **USD),
    row(PAYPAL, "P", 6000, "2026-02-02 12:00", fee=180, customer_id=ANN, **USD),
    row(WOO, "W", 6000, "2026-02-02 11:59", payment_ref="P", lines=[(TEE, 1, 6000)], **A3, **USD),
    row(STRIPE, "d", 2000, "2026-02-03 08:00", status="failed", lines=[(MUG, 1, 2000)], **A4),
    row(STRIPE, "e", 3000, "2026-02-03 09:00", status="pending", lines=[(MUG, 1, 3000)], **A5),
    row(STRIPE, "f", -5000, "2026-02-04 09:00", kind="dispute", fee=1500, parent_ref="b", **A2),
]


def base(row: Row, minor: int) -> int:
    factor = RATES.factor(row.currency, "EUR", row.occurred_at.date())
    assert factor is not None
    converted = factor.convert(minor)
    assert converted is not None
    return converted


def month_of(entries: Iterable[Entry], month: str) -> list[Entry]:
    berlin = ZoneInfo("Europe/Berlin")
    return [entry for entry in entries if f"{local_day(entry.row.occurred_at, berlin):%Y-%m}" == month]


def figures(entries: list[Entry]) -> dict[str, int]:
    """The sums of section 8, in cents of the base currency."""

    def total(column: str, *kinds: str) -> int:
        return sum(base(entry.row, getattr(entry.row, column)) for entry in entries if entry.kind in kinds)

    goods = sum(
        total(column, "sale", "refund") * sign for column, sign in (("amount", 1), ("tax", -1), ("shipping", -1))
    )
    return {
        "gross_sales": total("amount", "sale"),
        "refunds": -total("amount", "refund"),
        "disputes": -total("amount", "dispute"),
        "taxes": total("tax", "sale", "refund"),
        "shipping": total("shipping", "sale", "refund"),
        "goods_sales": goods,
        "fees": total("fee", "sale", "refund", "dispute"),
        "orders": sum(entry.is_order for entry in entries),
        "failed_orders": sum(entry.is_failed_order for entry in entries),
        "pending": sum(entry.kind == "pending_sale" for entry in entries),
        "paying": len({entry.row.customer_id for entry in entries if entry.is_order}),
    }


def test_january_of_the_worked_example() -> None:
    assert figures(month_of(count(EXAMPLE), "2026-01")) == {
        "gross_sales": 10000, "refunds": 0, "disputes": 0, "taxes": 0, "shipping": 1000, "goods_sales": 9000,
        "fees": 300, "orders": 1, "failed_orders": 0, "pending": 0, "paying": 1,
    }  # fmt: skip


def test_february_of_the_worked_example() -> None:
    assert figures(month_of(count(EXAMPLE), "2026-02")) == {
        "gross_sales": 10000, "refunds": 5000, "disputes": 5000, "taxes": 800, "shipping": -500, "goods_sales": 4700,
        "fees": 1750, "orders": 2, "failed_orders": 1, "pending": 1, "paying": 2,
    }  # fmt: skip


def test_the_refund_of_the_worked_example_has_half_of_its_order() -> None:
    [refund] = [entry.row for entry in count(EXAMPLE) if entry.kind == "refund"]

    assert (refund.tax, refund.shipping, [tuple(line) for line in refund.lines]) == (0, -550, [(TEE, 0, -4950)])


def test_the_gateways_row_of_the_worked_example_has_what_the_store_knows() -> None:
    [paid] = [entry for entry in count(EXAMPLE) if entry.row.external_id == "P"]

    assert (paid.row.order_ref, [tuple(line) for line in paid.row.lines]) == ("A3", [(TEE, 1, 6000)])
    assert "W" not in {entry.row.external_id for entry in count(EXAMPLE)}


@pytest.mark.parametrize("turn", range(len(EXAMPLE)))
def test_the_order_of_the_rows_says_nothing(turn: int) -> None:
    turned = [*EXAMPLE[turn:], *EXAMPLE[:turn]][::-1]

    assert sorted(count(turned), key=_id) == sorted(count(EXAMPLE), key=_id)


def _id(entry: Entry) -> int:
    return entry.row.id


# Rule by rule


def kinds(*rows: Row) -> dict[str, str]:
    return {entry.row.external_id: entry.kind for entry in count(rows)}


def orders(*rows: Row) -> list[str]:
    return [entry.row.external_id for entry in count(rows) if entry.is_order]


@pytest.mark.rule("E5")
@pytest.mark.parametrize(
    ("kind", "status", "counts_as"),
    [
        ("sale", "settled", "sale"),
        ("sale", "pending", "pending_sale"),
        ("sale", "failed", "failed_sale"),
        ("sale", "cancelled", None),
        ("refund", "settled", "refund"),
        ("refund", "pending", None),
        ("refund", "failed", None),
        ("fee", "settled", "fee"),
        ("fee", "pending", None),
        ("dispute", "settled", "dispute"),
        ("dispute_reversal", "settled", "dispute_reversal"),
        ("payout", "settled", None),
        ("adjustment", "settled", None),
    ],
)
def test_what_counts_and_as_what(kind: str, status: str, counts_as: str | None) -> None:
    assert kinds(row(STRIPE, "a", 0, kind=kind, status=status)).get("a") == counts_as


@pytest.mark.rule("E5")
@pytest.mark.parametrize(
    ("parent", "counts_as"),
    [
        ({}, "correction"),
        ({"status": "failed"}, None),
        ({"kind": "refund"}, None),
        ({"source": PAYPAL}, None),
        ({"external_id": "other"}, None),
    ],
)
def test_an_adjustment_counts_only_as_the_correction_of_a_sale_that_counts(
    parent: dict[str, str], counts_as: str | None
) -> None:
    given: dict[str, Any] = {"source": STRIPE, "external_id": "a", "amount": 100} | parent
    original = row(**given)

    assert kinds(original, row(STRIPE, "b", -40, kind="adjustment", parent_ref="a")).get("b") == counts_as


@pytest.mark.rule("E5")
@pytest.mark.parametrize(("status", "counts"), [("settled", True), ("failed", False), ("pending", False), (None, True)])
def test_a_fee_apart_counts_with_its_parent_or_without_any(status: str | None, counts: bool) -> None:
    parents = [row(STRIPE, "a", 100, status=status)] if status else []

    assert ("f" in kinds(*parents, row(STRIPE, "f", -30, kind="fee", parent_ref="a"))) == counts


@pytest.mark.rule("E8")
def test_what_hangs_on_a_duplicate_does_not_count() -> None:
    pair = row(WOO, "W", 100, payment_ref="P"), row(PAYPAL, "P", 100)
    hanging = [row(WOO, f"{kind}", -10, kind=kind, parent_ref="W") for kind in ("fee", "adjustment")]

    assert kinds(*pair, *hanging) == {"P": "sale"}


@pytest.mark.rule("E10")
def test_an_order_is_dated_by_its_first_settled_payment_above_zero() -> None:
    payments = [
        row(STRIPE, "free", 0, "2026-02-01 08:00", order_ref="A"),
        row(STRIPE, "failed", 100, "2026-02-01 09:00", order_ref="A", status="failed"),
        row(STRIPE, "first", 40, "2026-02-01 10:00", order_ref="A"),
        row(STRIPE, "second", 60, "2026-02-01 11:00", order_ref="A"),
    ]

    assert orders(*payments[::-1]) == ["first"]


@pytest.mark.rule("E10")
def test_an_order_is_one_over_all_sources_and_each_row_without_reference_is_its_own() -> None:
    assert orders(row(STRIPE, "a", 1, "2026-02-01 10:00", order_ref="A"), row(PAYPAL, "b", 1, order_ref="A")) == ["a"]
    assert orders(row(STRIPE, "a", 1), row(PAYPAL, "a", 1)) == ["a", "a"]


@pytest.mark.rule("E10")
def test_a_pairs_order_is_the_stores() -> None:
    pair = row(WOO, "W", 100, payment_ref="P", order_ref="A3"), row(PAYPAL, "P", 100, "2026-02-02 13:00")
    earlier = row(STRIPE, "deposit", 50, "2026-02-02 11:00", order_ref="A3")

    assert orders(*pair, earlier) == ["deposit"]


@pytest.mark.rule("E10")
def test_at_the_same_instant_the_smaller_id_dates_the_order() -> None:
    assert orders(*[row(STRIPE, name, 1, order_ref="A") for name in ("b", "a", "c")]) == ["a"]


@pytest.mark.rule("E1")
def test_a_refunded_order_stays_an_order() -> None:
    assert orders(row(STRIPE, "a", 100), row(STRIPE, "b", -100, kind="refund", parent_ref="a")) == ["a"]


@pytest.mark.rule("E11")
@pytest.mark.parametrize(
    ("statuses", "failed"),
    [
        (["failed", "failed"], ["0"]),
        (["failed", "settled"], []),
        (["settled", "failed"], []),
        (["failed", "pending"], ["0"]),
        (["failed", "cancelled"], ["0"]),
        (["cancelled", "failed"], ["1"]),
        (["pending"], []),
    ],
)
def test_an_order_failed_at_its_first_failure_while_nothing_settled(statuses: list[str], failed: list[str]) -> None:
    rows = [
        row(STRIPE, f"{n}", 100, f"2026-02-0{n + 1} 10:00", status=status, order_ref="A")
        for n, status in enumerate(statuses)
    ]

    assert [entry.row.external_id for entry in count(rows) if entry.is_failed_order] == failed


@pytest.mark.rule("E11")
def test_an_attempt_is_no_failed_order_once_the_payment_counts_under_its_shops_number() -> None:
    failed = row(STRIPE, "ch_1", 6000, "2026-02-02 11:00", status="failed", order_ref="pi_1", provider_refs=("pi_1",))
    paid = row(STRIPE, "ch_2", 6000, "2026-02-02 12:00", order_ref="pi_1", provider_refs=("pi_1",))
    store = row(WOO, "W", 6000, "2026-02-02 12:00", order_ref="1001", payment_ref="ch_2")

    assert not any(entry.is_failed_order for entry in count([failed, paid, store]))


@pytest.mark.rule("E3")
def test_a_dispute_and_its_reversal_count_on_their_own_days_with_their_fees() -> None:
    lost = row(STRIPE, "d", -5000, "2026-02-04 09:00", kind="dispute", fee=1500)
    won = row(STRIPE, "r", 5000, "2026-03-04 09:00", kind="dispute_reversal", fee=-1500)

    found = {entry.kind: (entry.row.amount, entry.row.fee, entry.row.occurred_at.month) for entry in count([lost, won])}

    assert found == {"dispute": (-5000, 1500, 2), "dispute_reversal": (5000, -1500, 3)}


def test_nothing_counts_as_nothing() -> None:
    assert count([]) == []
