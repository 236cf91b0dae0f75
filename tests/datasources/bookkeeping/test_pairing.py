"""One payment seen twice (docs/metrics.md, E8): what links, what does not, and what only might."""

from typing import Any

import pytest

from datasources.bookkeeping.pairing import pair
from datasources.bookkeeping.rows import Row

from .make import PAYPAL, STRIPE, WOO, row

pytestmark = pytest.mark.rule("E8")


def matches(*rows: Row) -> list[tuple[str, str | None, str]]:
    found = (
        (store.external_id, gateway.external_id if gateway else None, match) for store, gateway, match in pair(rows)
    )
    return sorted(found, key=str)


def test_a_reference_links() -> None:
    assert matches(row(WOO, "W", 6000, payment_ref="P"), row(PAYPAL, "P", 6000)) == [("W", "P", "reference")]


def test_a_reference_to_any_of_the_gateways_ids_links() -> None:
    gateway = row(STRIPE, "txn_1", 6000, provider_refs=("ch_1", "pi_1"))

    assert matches(row(WOO, "W", 6000, payment_ref="pi_1"), gateway) == [("W", "txn_1", "reference")]


def test_a_reference_links_over_any_time() -> None:
    store = row(WOO, "W", 6000, "2026-01-01 00:00", payment_ref="P")

    assert matches(store, row(PAYPAL, "P", 6000, "2026-02-20 00:00")) == [("W", "P", "reference")]


def test_refunds_link_too() -> None:
    store = row(WOO, "WR", -6000, kind="refund", payment_ref="PR")

    assert matches(store, row(PAYPAL, "PR", -6000, kind="refund")) == [("WR", "PR", "reference")]


def test_what_the_customer_saw_is_compared_not_what_the_gateway_booked() -> None:
    converted = row(PAYPAL, "P", 5000, presentment_currency="USD", presentment_amount=6000)

    assert matches(row(WOO, "W", 6000, currency="USD", payment_ref="P"), converted) == [("W", "P", "reference")]


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 6001},
        {"currency": "USD"},
        {"kind": "dispute_reversal"},
        {"status": "pending"},
        {"external_id": "Q"},
        {"source": WOO},
    ],
)
@pytest.mark.parametrize("reference", ["P", None])
def test_other_money_is_another_payment(other: dict[str, Any], reference: str | None) -> None:
    given: dict[str, Any] = {"source": PAYPAL, "external_id": "P", "amount": 6000, "customer_id": 1} | other
    if reference is None and other.get("external_id"):
        given["customer_id"] = 2  # without a reference the id says nothing, the customer does

    assert matches(row(WOO, "W", 6000, payment_ref=reference, customer_id=1), row(**given)) == []


@pytest.mark.parametrize(
    ("minute", "links"), [("12:10:00", True), ("12:10:01", False), ("11:50:00", True), ("11:49:59", False)]
)
def test_without_a_reference_ten_minutes_are_the_limit(minute: str, links: bool) -> None:
    store = row(WOO, "W", 6000, customer_id=1)

    found = matches(store, row(STRIPE, "s", 6000, f"2026-02-02 {minute}", customer_id=1))

    assert found == ([("W", "s", "probable")] if links else [])


def test_an_anonymous_payment_never_links_by_chance() -> None:
    assert matches(row(WOO, "W", 6000), row(STRIPE, "s", 6000)) == []


def test_a_gateway_row_with_an_order_of_its_own_never_links_by_chance() -> None:
    assert matches(row(WOO, "W", 6000, customer_id=1), row(STRIPE, "s", 6000, customer_id=1, order_ref="A1")) == []


def test_a_store_row_whose_reference_leads_nowhere_never_links_by_chance() -> None:
    store = row(WOO, "W", 6000, customer_id=1, payment_ref="gone")

    assert matches(store, row(STRIPE, "s", 6000, customer_id=1)) == []


def test_two_candidates_are_listed_and_not_linked() -> None:
    gateways = [row(STRIPE, name, 6000, customer_id=1) for name in ("s", "t")]

    assert matches(row(WOO, "W", 6000, customer_id=1), *gateways) == [("W", None, "ambiguous")]


def test_two_stores_rows_for_one_payment_are_listed_and_not_linked() -> None:
    stores = [row(WOO, name, 6000, customer_id=1) for name in ("V", "W")]

    assert matches(*stores, row(STRIPE, "s", 6000, customer_id=1)) == [
        ("V", None, "ambiguous"),
        ("W", None, "ambiguous"),
    ]


def test_a_payment_taken_by_reference_is_no_candidate_any_more() -> None:
    gateways = [row(STRIPE, name, 6000, customer_id=1) for name in ("s", "t")]
    stores = [row(WOO, "V", 6000, customer_id=1, payment_ref="s"), row(WOO, "W", 6000, customer_id=1)]

    assert matches(*stores, *gateways) == [("V", "s", "reference"), ("W", "t", "probable")]


def test_two_references_to_one_payment_link_once_the_earlier_wins() -> None:
    stores = [row(WOO, name, 6000, f"2026-02-02 {hour}:00", payment_ref="P") for name, hour in (("V", 13), ("W", 11))]

    assert matches(*stores, row(PAYPAL, "P", 6000)) == [("W", "P", "reference")]


@pytest.mark.parametrize("sources", [(WOO, WOO), (STRIPE, PAYPAL)])
def test_two_rows_of_a_kind_never_link(sources: tuple[int, int]) -> None:
    first, second = sources

    assert matches(row(first, "x", 6000, customer_id=1), row(second, "y", 6000, customer_id=1, payment_ref="x")) == []


def test_files_never_link() -> None:
    file = row(9, "F", 6000, source_kind="file", customer_id=1, payment_ref="s")

    assert matches(file, row(STRIPE, "s", 6000, customer_id=1), row(WOO, "W", 6000, customer_id=2)) == []


@pytest.mark.parametrize(("moment", "links"), [("2026-01-13 10:00", True), ("2026-01-13 10:01", False)])
def test_a_further_id_reaches_three_days(moment: str, links: bool) -> None:
    gateway = row(STRIPE, "txn_1", 6000, "2026-01-10 10:00", provider_refs=("pi_1",))

    assert bool(matches(row(WOO, "W", 6000, moment, payment_ref="pi_1"), gateway)) is links


@pytest.mark.rule("E8")
@pytest.mark.parametrize(("order_ref", "links"), [(None, True), ("pi_1", True), ("1001", False)])
def test_a_gateways_own_name_of_a_payment_names_no_order(order_ref: str | None, links: bool) -> None:
    gateway = row(STRIPE, "ch_1", 6000, customer_id=7, order_ref=order_ref, provider_refs=("pi_1",))

    found = matches(row(WOO, "W", 6000, customer_id=7), gateway)

    assert found == ([("W", "ch_1", "probable")] if links else [])
