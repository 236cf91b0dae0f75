"""The shop's own sums, against sums done on paper."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

from datasources.sandbox.world.facts import Facts, Settlement
from datasources.sandbox.world.sums import Figures, figures
from datasources.sandbox.world.words import Outcome
from tests.sandbox import make
from tests.sandbox.make import NOBODY, dispute, moment, order, payment, refund, shop

LATER = moment("2026-12-01 00:00")


def march(facts: Facts, *, zone: str = "UTC", now: str = "2026-12-01 00:00") -> Figures:
    """Add up March 2026."""
    return figures(facts, days=(date(2026, 3, 1), date(2026, 3, 31)), zone=zone, now=moment(now))


def test_a_payment_counts_with_its_fee_tax_shipping_and_units() -> None:
    bought = payment("2026-03-05 10:00", order=order(goods=8000, tax=1500, shipping=500))

    result = march(shop(payments=[bought]))

    assert (result.gross, result.fees) == ({"EUR": 10_000}, {"EUR": 200})
    assert (result.tax, result.shipping, result.units) == ({"EUR": 1500}, {"EUR": 500}, {"mug": 2})
    assert (result.orders, result.customers) == ({"EUR": 1}, 1)


def test_days_are_those_of_the_zone() -> None:
    late = shop(payments=[payment("2026-03-31 22:30")])

    assert march(late).gross == {"EUR": 10_000}
    assert march(late, zone="Europe/Berlin").gross == {}


def test_a_payment_in_the_future_is_not_known() -> None:
    assert march(shop(payments=[payment("2026-03-20 10:00")]), now="2026-03-20 09:59").gross == {}


def test_a_card_counts_while_its_money_is_not_yet_available() -> None:
    assert march(shop(payments=[payment("2026-03-20 10:00")]), now="2026-03-20 10:00").gross == {"EUR": 10_000}


def test_a_debit_counts_at_its_creation_once_it_cleared() -> None:
    debit = shop(payments=[payment("2026-03-30 10:00", clears_at=moment("2026-04-04 10:00"))])

    assert march(debit, now="2026-04-04 09:59").gross == {}
    assert march(debit, now="2026-04-04 10:00").gross == {"EUR": 10_000}


def test_a_debit_that_fails_is_corrected_on_the_day_it_fails() -> None:
    at = moment("2026-04-04 10:00")
    debit = shop(payments=[payment("2026-03-30 10:00", clears_at=at, bounced_at=at)])

    april = figures(debit, days=(date(2026, 4, 1), date(2026, 4, 30)), zone="UTC", now=LATER)

    assert (march(debit).gross, april.gross) == ({"EUR": 10_000}, {"EUR": -10_000})
    assert (march(debit).orders, april.orders) == ({"EUR": 1}, {})


def test_what_was_not_captured_lowers_gross_sales_and_is_no_refund() -> None:
    bought = payment("2026-03-05 10:00", captured=7000)
    release = refund(bought, "2026-03-05 10:00", 3000, is_release=True)

    result = march(shop(payments=[bought], refunds=[release]))

    assert (result.gross, result.refunds) == ({"EUR": 7000}, {})


def test_a_refund_counts_on_its_own_day_with_its_share_of_tax_and_shipping() -> None:
    bought = payment("2026-02-05 10:00", order=order(goods=8000, tax=1500, shipping=500))

    result = march(shop(payments=[bought], refunds=[refund(bought, "2026-03-01 00:00", 3333)]))

    assert (result.gross, result.refunds) == ({}, {"EUR": 3333})
    assert (result.tax, result.shipping) == ({"EUR": -500}, {"EUR": -167})


def test_a_refund_that_failed_comes_back() -> None:
    bought = payment("2026-02-05 10:00")
    failed = refund(bought, "2026-02-27 10:00", 3000, failed_at=moment("2026-03-05 10:00"))

    assert march(shop(payments=[bought], refunds=[failed])).refunds == {"EUR": -3000}


def test_a_lost_dispute_costs_its_amount_and_a_fee() -> None:
    lost = dispute(payment("2026-02-05 10:00"), "2026-03-01 10:00", Outcome.LOST, "2026-03-20 10:00")

    result = march(shop(disputes=[lost]))

    assert (result.disputes, result.fees) == ({"EUR": 10_000}, {"EUR": 1500})


def test_a_won_dispute_gives_both_back_when_it_closes() -> None:
    won = dispute(payment("2026-01-05 10:00"), "2026-02-01 10:00", Outcome.WON, "2026-03-20 10:00")

    result = march(shop(disputes=[won]))

    assert (result.disputes, result.fees) == ({"EUR": -10_000}, {"EUR": -1500})
    assert result.net == {"EUR": 10_000}


def test_an_inquiry_costs_nothing() -> None:
    inquiry = dispute(payment("2026-02-05 10:00"), "2026-03-01 10:00", Outcome.INQUIRY, "2026-03-20 10:00")

    assert march(shop(disputes=[inquiry])).fees == {}


def test_tax_of_a_converted_payment_is_scaled_as_the_payment_was() -> None:
    money = Settlement("EUR", 9001, 200, LATER, rate=900_100)
    bought = payment("2026-03-05 10:00", currency="USD", settlement=money, order=order(goods=9500, tax=500))

    assert march(shop(payments=[bought])).tax == {"EUR": 450}


def test_customers_are_counted_once_whatever_the_case_and_nobody_is_none() -> None:
    anna = payment("2026-03-05 10:00")
    loud = payment("2026-03-06 10:00", buyer=replace(make.ANNA, email="ANNA@EXAMPLE.COM", is_guest=True))
    unknown = payment("2026-03-07 10:00", buyer=NOBODY)

    result = march(shop(payments=[anna, loud, unknown]))

    assert (result.customers, result.orders) == (1, {"EUR": 3})


def test_failed_attempts_are_counted_each() -> None:
    bought = payment("2026-03-05 10:00")
    declines = [make.decline(bought, "2026-03-05 09:50"), make.decline(bought, "2026-02-28 09:50")]

    assert march(shop(payments=[bought], attempts=declines)).failed == 1


def test_the_monthly_fee_is_a_fee() -> None:
    assert march(shop(service_fees=[make.service_fee("2026-03-01 02:00", 1200)])).fees == {"EUR": 1200}


def test_the_sums_of_the_shop_agree_with_its_balance(facts: Facts) -> None:
    tonight = moment("2026-11-21 00:00")
    everything = figures(facts, days=(date(2024, 11, 1), date(2026, 11, 20)), zone="UTC", now=tonight)
    balance: Counter[str] = Counter()
    for entry in facts.entries:
        if not entry.movement.startswith("payout"):
            balance[entry.currency] += entry.amount - entry.fee

    balance.subtract(_waiting(facts, tonight))

    assert {key: everything.net[key] - everything.fees[key] for key in balance} == dict(balance)


def _waiting(facts: Facts, now: datetime) -> Counter[str]:
    """Return what debits brought to the balance that the bank has not yet confirmed."""
    waiting: Counter[str] = Counter()
    for one in facts.payments:
        if one.settlement and one.clears_at and not one.is_settled(now):
            waiting[one.settlement.currency] += one.settlement.amount - one.settlement.fee
    return waiting
