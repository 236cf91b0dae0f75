"""Breakdowns that a row does not bring itself (docs/metrics.md, E2 and E8), every case by hand."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.bookkeeping.allocation import allocate, allocated, inherit, round_ratio
from datasources.bookkeeping.rows import LineItem, Row

from .make import PAYPAL, STRIPE, WOO, row

TEE, MUG = 1, 2


@given(st.integers(), st.integers().filter(bool))
def test_a_ratio_is_rounded_half_away_from_zero_exactly(numerator: int, denominator: int) -> None:
    doubled = abs(numerator) * 2 + abs(denominator)
    magnitude = doubled // (abs(denominator) * 2)

    assert round_ratio(numerator, denominator) == (magnitude if numerator * denominator >= 0 else -magnitude)


@pytest.mark.parametrize(("numerator", "denominator"), [(5, 2), (-5, 2), (5, -2), (-5, -2), (1, 3), (-2, 3), (0, -7)])
def test_a_ratio_is_rounded_as_decimals_are(numerator: int, denominator: int) -> None:
    expected = (Decimal(numerator) / denominator).quantize(Decimal(1), ROUND_HALF_UP)

    assert round_ratio(numerator, denominator) == expected


# Refunds and corrections: E2


def sale(**fields: Any) -> Row:
    """110.00 with 11.00 of shipping, 8.00 of tax and 91.00 of goods."""
    given: dict[str, Any] = {"shipping": 1100, "tax": 800, "lines": [(TEE, 2, 6100), (MUG, 1, 3000)]} | fields
    return row(STRIPE, "a", 11000, **given)


def refund(amount: int, **fields: Any) -> Row:
    given: dict[str, Any] = {"kind": "refund", "parent_ref": "a"} | fields
    return row(STRIPE, "b", amount, "2026-02-03 12:00", **given)


def parts(row: Row) -> tuple[int, int, list[tuple[int | None, int, int]]]:
    return row.tax, row.shipping, [tuple(line) for line in row.lines]  # type: ignore[misc]


@pytest.mark.rule("E2")
def test_half_a_refund_takes_half_of_everything_and_no_unit() -> None:
    assert parts(allocate(refund(-5500), sale())) == (-400, -550, [(TEE, 0, -3050), (MUG, 0, -1500)])


@pytest.mark.rule("E2")
def test_a_full_refund_brings_every_unit_back() -> None:
    assert parts(allocate(refund(-11000), sale())) == (-800, -1100, [(TEE, -2, -6100), (MUG, -1, -3000)])


@pytest.mark.rule("E2")
def test_what_rounding_leaves_is_on_the_largest_line_first_of_equals() -> None:
    original = row(STRIPE, "a", 300, lines=[(TEE, 1, 100), (MUG, 1, 100), (3, 1, 100)])

    assert parts(allocate(refund(-100), original)) == (0, 0, [(TEE, 0, -34), (MUG, 0, -33), (3, 0, -33)])


@pytest.mark.rule("E2")
def test_a_third_of_everything_adds_up_to_the_refund() -> None:
    # 3667 of 11000: tax 266.7, shipping 366.7, goods 3667 − 267 − 367 = 3033; TEE 2033.5, MUG 1000.1
    tax, shipping, lines = parts(allocate(refund(-3667), sale()))

    assert (tax, shipping) == (-267, -367)
    assert lines == [(TEE, 0, -2033), (MUG, 0, -1000)]  # TEE: 2034 less the cent too much


@pytest.mark.rule("E2")
def test_a_refund_that_failed_mirrors_the_refund() -> None:
    back = row(STRIPE, "c", 11000, "2026-02-04 12:00", kind="refund", parent_ref="b")

    known = allocated([back, refund(-11000), sale()])

    assert parts(known[back.id]) == (800, 1100, [(TEE, 2, 6100), (MUG, 1, 3000)])


@pytest.mark.rule("E2")
def test_a_refund_that_failed_may_also_name_the_sale() -> None:
    back = refund(11000)

    assert parts(allocated([sale(), back])[back.id]) == (800, 1100, [(TEE, 2, 6100), (MUG, 1, 3000)])


@pytest.mark.rule("E2")
def test_a_correction_takes_its_share_as_a_refund_does() -> None:
    correction = refund(-5500, kind="adjustment")

    assert parts(allocated([sale(), correction])[correction.id]) == (-400, -550, [(TEE, 0, -3050), (MUG, 0, -1500)])


@pytest.mark.rule("E2")
@pytest.mark.parametrize("own", [{"tax": -1}, {"shipping": -1}, {"lines": [(MUG, -1, -5500)]}])
def test_a_refund_with_a_breakdown_keeps_it(own: dict[str, object]) -> None:
    given = refund(-5500, **own)

    assert allocated([sale(), given])[given.id] == given


@pytest.mark.rule("E2")
@pytest.mark.parametrize("change", [{"parent_ref": None}, {"parent_ref": "gone"}, {"kind": "dispute"}])
def test_without_an_original_nothing_is_allocated(change: dict[str, object]) -> None:
    given = refund(-5500, **change)

    assert allocated([sale(), given])[given.id] == given


@pytest.mark.rule("E2")
def test_the_parent_is_one_of_the_same_source() -> None:
    stranger = row(PAYPAL, "b", -5500, kind="refund", parent_ref="a")

    assert allocated([sale(), stranger])[stranger.id] == stranger


@pytest.mark.rule("E2")
def test_a_refund_of_a_free_order_stays_as_it_is() -> None:
    given = refund(-100)

    assert allocate(given, row(STRIPE, "a", 0)) == given


@pytest.mark.rule("E2")
@given(st.integers(1, 10**6), st.lists(st.integers(0, 10**5), min_size=1, max_size=5), st.integers(0, 10**4))
def test_the_parts_always_add_up(refunded: int, lines: list[int], tax: int) -> None:
    original = row(STRIPE, "a", sum(lines) + tax, tax=tax, lines=[(TEE, 1, amount) for amount in lines])
    found = allocate(refund(-refunded), original)

    if original.amount:
        assert found.tax + found.shipping + sum(line.amount for line in found.lines) == -refunded


# A twin in the store: E8


@pytest.mark.rule("E8")
def test_the_gateway_takes_what_the_store_knows_and_keeps_its_money() -> None:
    gateway = row(PAYPAL, "P", 6000, fee=180, tax=1)
    store = row(
        WOO, "W", 6000, "2026-02-02 11:59", tax=900, shipping=500, discount=100, lines=[(TEE, 1, 4600)],
        order_ref="A3", country="DE", customer_id=7,
    )  # fmt: skip

    found = inherit(gateway, store)

    assert parts(found) == (900, 500, [(TEE, 1, 4600)])
    assert (found.discount, found.order_ref, found.country, found.customer_id) == (100, "A3", "DE", 7)
    assert (found.external_id, found.amount, found.fee, found.occurred_at) == ("P", 6000, 180, gateway.occurred_at)


@pytest.mark.rule("E8")
def test_what_the_store_does_not_know_stays_the_gateways() -> None:
    gateway = row(PAYPAL, "P", 6000, lines=[(TEE, 1, 6000)], country="AT", customer_id=3, order_ref="A9")

    found = inherit(gateway, row(WOO, "W", 6000))

    assert (found.lines, found.country, found.customer_id, found.order_ref) == (
        (LineItem(TEE, 1, 6000),),
        "AT",
        3,
        "A9",
    )


@pytest.mark.rule("E8")
def test_of_two_order_numbers_the_stores_holds() -> None:
    assert inherit(row(PAYPAL, "P", 6000, order_ref="A9"), row(WOO, "W", 6000, order_ref="A3")).order_ref == "A3"


@pytest.mark.rule("E8")
def test_where_the_gateway_converted_the_stores_parts_follow() -> None:
    gateway = row(PAYPAL, "P", 5000, presentment_currency="USD", presentment_amount=6000)
    store = row(
        WOO, "W", 6000, currency="USD", tax=900, shipping=500, discount=100, lines=[(TEE, 1, 2300), (MUG, 3, 2300)]
    )

    found = inherit(gateway, store)

    # × 5000 ÷ 6000: tax 750, shipping 416.67 → 417, discount 83.33 → 83; goods 3833, twice 1916.67 → 1917, less a cent
    assert parts(found) == (750, 417, [(TEE, 1, 1916), (MUG, 3, 1917)])
    assert found.discount == 83
