"""One claim for each rule that is easily got wrong: pairs, breakdowns, corrections, fees, orders."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from . import compute, rows_behind
from .author import Record
from .breakdown import with_breakdowns
from .ledger import Line, Row, read_rows
from .make import RATES, ledger, row

MARCH: Record = {"base": "EUR", "zone": "UTC", "start": date(2026, 3, 1), "end": date(2026, 3, 31)}


def march(*rows: Mapping[str, object], **question: Any) -> Record:
    """All numbers of March 2026 over these rows."""
    return compute(ledger(*rows), RATES, **MARCH | question)


def broken_down(*rows: Mapping[str, object]) -> Row:
    """The last of the rows with its breakdown."""
    *_, last = with_breakdowns(read_rows(ledger(*rows), sources=None, unlinked=frozenset()))
    return last


def store_and_gateway(at_store: str = "2026-03-02T12:00:00Z", **store: object) -> tuple[Record, Record]:
    """A store's row and a gateway's row of one payment."""
    woo = row(
        "woo", "W", "30.00", at_store, customer="ann@example.com", order_ref="A1", **{"lines": "TEE:1:30.00"} | store
    )
    return woo, row("paypal", "P", "30.00", customer="Ann@Example.com", fee="1.00")


def test_a_reference_links_even_days_apart_and_the_gateway_counts() -> None:
    result = march(*store_and_gateway("2026-03-09T12:00:00Z", payment_ref="P", country="DE"))

    assert result["duplicates"] == {"W": {"of": "P", "match": "reference"}}
    assert (result["values"]["gross_sales"], result["values"]["fees"], result["values"]["units"]) == (30, 1, 1)
    assert list(result["by_source"]) == ["paypal"]
    assert list(result["by_country"]) == ["DE"]


def test_a_reference_needs_the_same_amount() -> None:
    woo, paypal = store_and_gateway(payment_ref="P")

    assert march(woo, paypal | {"amount": "30.01"})["duplicates"] == {}


def test_of_two_store_rows_with_one_reference_the_earliest_links() -> None:
    woo, paypal = store_and_gateway(payment_ref="P")
    later = row("shopify", "A", "30.00", "2026-03-02T12:01:00Z", payment_ref="P")

    assert list(march(later, paypal, woo)["duplicates"]) == ["W"]


def test_likeness_links_at_ten_minutes_and_not_a_second_later() -> None:
    assert march(*store_and_gateway("2026-03-02T11:50:00Z"))["duplicates"] == {"W": {"of": "P", "match": "probable"}}
    assert march(*store_and_gateway("2026-03-02T11:49:59Z"))["duplicates"] == {}


def test_two_candidates_link_none_and_are_listed() -> None:
    woo, paypal = store_and_gateway()
    result = march(woo, paypal, row("stripe", "S", "30.00", customer="ann@example.com"))

    assert result["duplicates"] == {}
    assert result["possible_duplicates"] == [("W", "P"), ("W", "S")]


def test_a_gateway_row_linked_by_reference_is_no_candidate_any_more() -> None:
    woo, paypal = store_and_gateway(payment_ref="P")
    alike = row("shopify", "A", "30.00", customer="ann@example.com")

    assert march(woo, paypal, alike)["possible_duplicates"] == []


def test_a_filter_makes_the_other_sources_not_exist() -> None:
    rows = store_and_gateway(payment_ref="P")

    assert march(*rows, sources=frozenset({"woo"}))["values"]["gross_sales"] == 30
    assert march(*rows, unlinked=frozenset({"paypal"}))["by_source"]["woo"]["orders"] == 1


def test_a_filter_can_decide_an_ambiguity() -> None:
    woo, paypal = store_and_gateway()
    stripe = row("stripe", "S", "30.00", customer="ann@example.com")

    assert march(woo, paypal, stripe, unlinked=frozenset({"stripe"}))["duplicates"]["W"]["of"] == "P"


def test_a_partial_refund_takes_its_share_and_the_residue_goes_to_the_largest_line() -> None:
    sale = row("stripe", "s", "10.00", tax="0.97", shipping="1.00", lines="MUG:1:2.01|TEE:3:6.02")
    refund = broken_down(sale, row("stripe", "t", "-5.00", refund_of="s", kind="refund"))

    assert (refund.tax, refund.shipping) == (Decimal("-0.49"), Decimal("-0.50"))
    assert refund.lines == (Line("MUG", 0, Decimal("-1.01")), Line("TEE", 0, Decimal("-3.00")))


def test_a_full_refund_brings_the_units_back_and_its_reversal_takes_them_again() -> None:
    sale = row("stripe", "s", "10.00", lines="TEE:3:10.00")
    refund = row("stripe", "t", "-10.00", refund_of="s", kind="refund")
    undone = row("stripe", "u", "10.00", refund_of="t", kind="refund")

    assert broken_down(sale, refund).lines == (Line("TEE", -3, Decimal("-10.00")),)
    assert broken_down(sale, refund, undone).lines == (Line("TEE", 3, Decimal("10.00")),)


def test_a_gateway_refund_takes_from_the_breakdown_of_its_originals_twin() -> None:
    woo, paypal = store_and_gateway(payment_ref="P", shipping="10.00", lines="TEE:1:20.00")
    refund = row("paypal", "R", "-15.00", kind="refund", refund_of="P")

    assert march(woo, paypal, refund)["values"]["shipping"] == 5


def test_a_parent_of_another_source_is_no_parent() -> None:
    sale = row("till", "s", "10.00", tax="1.00", lines="TEE:1:9.00")

    assert march(sale, row("stripe", "t", "-10.00", refund_of="s", kind="refund"))["values"]["taxes"] == 1


def test_an_adjustment_is_a_correction_only_of_a_settled_sale() -> None:
    sale = row("stripe", "s", "10.00")
    taken_back = row("stripe", "t", "-4.00", refund_of="s", kind="adjustment")

    assert march(sale, taken_back)["values"]["gross_sales"] == 6
    assert march(sale | {"status": "pending"}, taken_back)["values"]["gross_sales"] == 0
    assert march(sale, taken_back | {"refund_of": ""})["values"]["gross_sales"] == 10


def test_a_fee_counts_unless_its_parent_is_known_not_to() -> None:
    fee = row("stripe", "f", "-2.00", kind="fee", refund_of="s")

    assert march(fee)["values"]["fees"] == 2
    assert march(row("stripe", "s", "10.00"), fee)["values"]["fees"] == 2
    assert march(row("stripe", "s", "10.00", status="failed"), fee)["values"]["fees"] == 0


def test_the_fee_of_a_duplicate_is_not_counted() -> None:
    rows = store_and_gateway(payment_ref="P", fee="5.00")

    assert march(*rows, row("woo", "f", "-2.00", kind="fee", refund_of="W"))["values"]["fees"] == 1


def test_a_row_without_a_rate_is_counted_but_not_converted() -> None:
    result = march(row("stripe", "s", "10.00", currency="ARS", customer="ann@example.com"))

    assert (result["values"]["gross_sales"], result["values"]["orders"]) == (0, 1)
    assert result["values"]["paying_customers"] == 1
    assert result["values"]["lost_customers"] == 0
    assert result["unconverted"] == {"ARS": 1}
    assert result["balance_change"] == {"stripe ARS": 10}


def test_a_rate_is_good_for_ten_days() -> None:
    tenth, eleventh = ("2026-03-12T23:59:59Z", "2026-03-13T00:00:00Z")

    assert march(row("stripe", "s", "10.00", tenth, currency="USD"))["values"]["gross_sales"] == 8
    assert march(row("stripe", "s", "10.00", eleventh, currency="USD"))["unconverted"] == {"USD": 1}


def test_conversion_rounds_each_row_half_away_from_zero() -> None:
    sales = [row("stripe", f"s{number}", "0.03", currency="USD") for number in range(2)]
    refund = row("stripe", "r", "-0.02", currency="GBP", kind="refund")

    assert march(*sales, base="KWD")["values"]["gross_sales"] == Decimal("0.016")
    assert march(refund)["values"]["refunds"] == Decimal("0.03")


def test_an_order_is_dated_by_its_first_payment_in_any_source() -> None:
    first = row("stripe", "s", "10.00", "2026-02-28T23:59:59Z", order_ref="A")
    second = row("till", "t", "10.00", order_ref="A")

    result = march(first, second)

    assert (result["values"]["orders"], result["values"]["gross_sales"]) == (0, 10)
    assert march(first, second, sources=frozenset({"till"}))["values"]["orders"] == 1


def test_a_free_order_is_no_order_but_its_units_are_units() -> None:
    values = march(row("stripe", "s", "0.00", customer="ann@example.com", lines="TEE:2:0.00"))["values"]

    assert (values["orders"], values["free_orders"], values["units"], values["paying_customers"]) == (0, 1, 2, 0)


def test_a_failed_order_counts_once_at_its_first_attempt_until_it_is_paid() -> None:
    attempts = [
        row("stripe", f"s{day}", f"{day}.00", f"2026-03-0{day}T12:00:00Z", status="failed", order_ref="A")
        for day in (2, 3)
    ]
    paid_later = row("till", "t", "3.00", "2026-05-01T12:00:00Z", order_ref="A")

    values = march(*attempts)["values"]

    assert (values["failed_payments"], values["failed_orders"], values["failed_amount"]) == (2, 1, 2)
    assert march(*attempts, paid_later)["values"]["failed_orders"] == 0


def test_rows_of_test_mode_do_not_exist() -> None:
    woo, paypal = store_and_gateway(payment_ref="P")

    assert march(woo, paypal | {"livemode": "0"})["by_source"].keys() == {"woo"}


def test_a_customer_is_new_at_the_first_order_of_any_source() -> None:
    earlier = row("till", "t", "5.00", "2026-02-01T12:00:00Z", customer=" ANN@example.com ")
    values = march(earlier, row("stripe", "s", "5.00", customer="ann@example.com"))["values"]

    assert (values["new_customers"], values["returning_customers"], values["repeat_rate"]) == (0, 1, 1)
    assert values["median_days_between_orders"] == 29


def test_days_to_come_are_not_averaged_over() -> None:
    tenth = datetime(2026, 3, 10, 12, tzinfo=UTC)
    values = march(row("stripe", "s", "10.00"), now=tenth)["values"]

    assert (values["daily_average"], values["sale_every_seconds"]) == (1, 9.5 * 86_400)


def test_the_same_part_of_a_shorter_month_is_at_most_all_of_it() -> None:
    result = march(row("stripe", "s", "10.00", "2026-02-28T23:59:59Z"), now=datetime(2026, 3, 31, 15, tzinfo=UTC))

    assert result["month_to_date"]["previous"][1] == datetime(2026, 3, 1, tzinfo=UTC)
    assert result["month_to_date"]["gross_sales"] == {"value": 0, "previous": 10, "change": -1}


def test_a_day_of_lord_howe_may_have_half_an_hour_more() -> None:
    last_minute = row("stripe", "s", "1.00", "2026-04-05T13:29:59Z")
    day = {"zone": "Australia/Lord_Howe", "start": date(2026, 4, 5), "end": date(2026, 4, 5)}

    assert march(last_minute, **day)["values"]["sale_every_seconds"] == 24.5 * 3600
    assert march(last_minute | {"occurred_at": "2026-04-05T13:30:00Z"}, **day)["values"]["orders"] == 0


def test_the_rows_behind_orders_are_those_that_date_them() -> None:
    rows = ledger(row("stripe", "s", "10.00", order_ref="A"), row("stripe", "t", "5.00", order_ref="A"))

    assert rows_behind("orders", rows, RATES, **MARCH) == [("stripe", "s", Decimal(1))]
    assert rows_behind("gross_sales", rows, RATES, **MARCH) == [
        ("stripe", "s", Decimal(10)),
        ("stripe", "t", Decimal(5)),
    ]
