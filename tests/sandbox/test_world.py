"""The shop: the same story for the same seed, however far it is told, and everything in it that happens to shops."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from datasources.sandbox.world.facts import Facts, Payment
from datasources.sandbox.world.shop import World
from datasources.sandbox.world.words import Method, Movement, Outcome, Standing
from tests.sandbox.conftest import NOW

EARLY = datetime(2025, 3, 10, 15, tzinfo=UTC)
NAMES = Facts.__dataclass_fields__


def test_the_same_seed_tells_the_same_story() -> None:
    assert World(seed="twin").grow(EARLY) == World(seed="twin").grow(EARLY)


def test_another_seed_tells_another_story() -> None:
    assert World(seed="one").grow(EARLY).payments != World(seed="other").grow(EARLY).payments


def test_growing_only_appends(facts: Facts) -> None:
    early = World().grow(EARLY)

    assert {name: getattr(facts, name)[: len(getattr(early, name))] for name in NAMES} == {
        name: getattr(early, name) for name in NAMES
    }


def test_growing_in_steps_or_at_once_is_the_same() -> None:
    steps = World()
    for days in range(60):
        steps.grow(EARLY - timedelta(days=60 - days))

    assert steps.grow(EARLY) == World().grow(EARLY)


@pytest.mark.parametrize("name", NAMES)
def test_every_list_is_in_the_order_of_time(facts: Facts, name: str) -> None:
    moments = [fact.at for fact in getattr(facts, name)]

    assert moments == sorted(moments)
    assert moments


def test_two_years_have_a_believable_size(facts: Facts) -> None:
    days = (NOW - facts.payments[0].at).days

    assert 12 <= len(facts.payments) / days <= 18
    assert 10_000 <= len(facts.entries) <= 13_000
    assert 3_000 <= len({payment.buyer.key for payment in facts.payments}) <= 4_500


def test_december_is_busier_than_july_and_the_second_year_than_the_first(facts: Facts) -> None:
    months = Counter(payment.at.strftime("%Y-%m") for payment in facts.payments)

    assert months["2025-12"] > 1.3 * months["2025-07"]
    assert months["2026-07"] > months["2025-07"]


def test_money_comes_in_three_currencies_and_settles_in_two(facts: Facts) -> None:
    settled = {(one.currency, one.settlement.currency) for one in facts.payments if one.settlement}

    assert settled == {("EUR", "EUR"), ("GBP", "EUR"), ("USD", "EUR"), ("USD", "USD")}


def test_everything_that_moves_a_balance_occurs(facts: Facts) -> None:
    assert {entry.movement for entry in facts.entries} == set(Movement)


def test_disputes_end_in_every_way_and_one_is_open(facts: Facts) -> None:
    assert {dispute.outcome for dispute in facts.disputes if dispute.closed_at <= NOW} == set(Outcome)
    assert any(dispute.closed_at > NOW for dispute in facts.disputes)


def test_refunds_are_full_or_partial_and_cross_months(facts: Facts) -> None:
    delays = [refund.at - (refund.payment.paid_at or refund.at) for refund in facts.refunds]

    assert {refund.amount < refund.payment.amount for refund in facts.refunds} == {True, False}
    assert max(delays) > timedelta(days=60)


def test_no_payment_gives_back_more_than_it_brought(facts: Facts) -> None:
    given: Counter[int] = Counter()
    for refund in facts.refunds:
        given[refund.payment.number] += 0 if refund.failed_at or refund.is_release else refund.amount
    paid = {payment.number: payment.captured for payment in facts.payments}

    assert all(amount <= paid[number] for number, amount in given.items())


def test_attempts_fail_and_are_followed_by_success_or_not(facts: Facts) -> None:
    failed = {attempt.payment.number for attempt in facts.attempts if attempt.decline}
    outcomes = {payment.paid_at is not None for payment in facts.payments if payment.number in failed}

    assert outcomes == {True, False}


def test_debits_clear_or_bounce_and_authorisations_lapse(facts: Facts) -> None:
    debits = [payment for payment in facts.payments if payment.method is Method.DEBIT]

    assert {payment.bounced_at is None for payment in debits} == {True, False}
    assert any(payment.paid_at and not payment.captured for payment in facts.payments)
    assert any(0 < payment.captured < payment.amount for payment in facts.payments)


def test_subscriptions_live_every_kind_of_life(facts: Facts) -> None:
    phases = {phase.what for one in facts.subscriptions for phase in one.known(NOW)}
    standings = {phase.standing for one in facts.subscriptions for phase in one.known(NOW)}

    assert {"upgraded", "paused", "resumed", "cancellation planned", "cancelled", "let go"} <= phases
    assert standings == set(Standing)


def test_payouts_carry_exactly_their_entries(facts: Facts) -> None:
    entries = {entry.number: entry for entry in facts.entries}
    sums = {one.number: sum(entries[key].amount - entries[key].fee for key in one.entries) for one in facts.payouts}

    assert sums == {one.number: one.amount for one in facts.payouts}
    assert sum(len(one.entries) for one in facts.payouts) == len({key for one in facts.payouts for key in one.entries})


def test_every_order_adds_up(facts: Facts) -> None:
    odd = [one for one in facts.payments if one.order and one.amount != one.order.total]

    assert odd == []


def test_addresses_belong_to_nobody(facts: Facts) -> None:
    domains = {payment.buyer.email.partition("@")[2].lower() for payment in facts.payments if payment.buyer.email}

    assert domains == {"example.com", "example.org", "example.net"}


def test_guests_come_back_in_capitals_and_are_the_same_person(facts: Facts) -> None:
    loud: list[Payment] = [one for one in facts.payments if one.buyer.email and one.buyer.email.isupper()]

    assert loud
    assert all(one.buyer.key == (one.buyer.email or "").lower() for one in loud)
