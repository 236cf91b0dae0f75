"""Stripe's subscriptions: their terms, and one history whoever tells it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from datasources.connectors.base import CustomerRecordDraft, SubscriptionDraft, SubscriptionEventDraft
from tests.datasources.connectors.recordings import drafts, stripe

BEGUN = datetime(2026, 1, 5, 8, tzinfo=UTC)


def now(subscription: str) -> SubscriptionDraft:
    """A recorded subscription as it is."""
    found = drafts("stripe", "subscriptions", stripe("subscriptions", subscription))[0]
    assert isinstance(found, SubscriptionDraft)
    return found


def proved(subscription: str) -> list[SubscriptionEventDraft]:
    """What a recorded subscription proves of its past."""
    told = drafts("stripe", "subscriptions", stripe("subscriptions", subscription))
    return [draft for draft in told if isinstance(draft, SubscriptionEventDraft)]


def reported(event: str) -> list[SubscriptionEventDraft]:
    """What a recorded event says."""
    told = drafts("stripe", "events", stripe("events", event))
    return [draft for draft in told if isinstance(draft, SubscriptionEventDraft)]


def words(events: list[SubscriptionEventDraft]) -> list[tuple[str, timedelta]]:
    """What happened, and how long after the beginning."""
    return [(event.event, event.effective_at - BEGUN) for event in events]


def test_a_subscription_is_told_as_it_is() -> None:
    assert now("sub_4") == SubscriptionDraft("sub_4", "canceled", "cus_1", "prod_1", BEGUN, BEGUN + timedelta(days=10))


@pytest.mark.parametrize(
    ("subscription", "history"),
    [
        ("sub_1", [("started", 0)]),
        ("sub_2", [("trial_started", 0), ("started", 14)]),
        ("sub_3", [("trial_started", 0)]),  # its trial runs
        ("sub_4", [("started", 0), ("cancelled", 10)]),
        ("sub_5", [("trial_started", 0), ("cancelled", 10)]),  # ended within its trial
        ("sub_6", []),  # its first payment is missing
        ("sub_10", []),  # metered: it promises nothing
    ],
)
def test_a_subscription_proves_its_beginning_and_end(subscription: str, history: list[tuple[str, int]]) -> None:
    assert words(proved(subscription)) == [(word, timedelta(days=days)) for word, days in history]


@pytest.mark.parametrize(
    ("subscription", "price", "interval", "count", "quantity"),
    [
        ("sub_1", "30.00", "month", 1, 2),
        ("sub_2", "120.00", "year", 1, 1),  # the price, not the plan that stands beside it
        ("sub_7", "15.00", "month", 1, 1),  # one of its items is metered
        ("sub_8", "28.52", "month", 1, 16),  # ⌈10 ÷ 4⌉ × 2.50 + 3 × 7.00 + 3 × 0.005, rounded once
        ("sub_9", "2.00", "month", 1, 2),  # 12.00 a year and 3.00 a quarter
        ("sub_11", "30.00", "week", 2, 2),  # plans from here on
        ("sub_12", "45.05", "month", 1, 15),  # 9 × 0.005 + ⌊5 ÷ 2⌋ × 15.00 + 15.00
        ("sub_13", "15.00", "month", 1, 1),
    ],
)
def test_the_price_is_that_of_all_items_in_one_period(
    subscription: str, price: str, interval: str, count: int, quantity: int
) -> None:
    event = proved(subscription)[-1]

    assert event.price.amount == Decimal(price)
    assert (event.interval, event.interval_count, event.quantity) == (interval, count, quantity)


@pytest.mark.parametrize(
    ("subscription", "discount", "kind"),
    [
        ("sub_1", 0, None),
        ("sub_7", 383, "forever"),  # 25.5 % of 15.00
        ("sub_8", 300, "repeating"),
        ("sub_11", 300, "once"),
        ("sub_12", 450, "forever"),  # 10 % of 45.045
        ("sub_15", 850, "repeating"),  # 1.00 + 50 % of 15.00; what is given once beside them is not counted
    ],
)
def test_coupons_are_told_with_how_long_they_last(subscription: str, discount: int, kind: str | None) -> None:
    event = proved(subscription)[-1]

    assert (event.discount, event.discount_kind) == (discount, kind)


@pytest.mark.parametrize(
    ("event", "word"),
    [
        ("evt_20", "changed"),  # its items
        ("evt_21", "changed"),  # its quantity
        ("evt_22", "changed"),  # its plan
        ("evt_23", "changed"),  # its discounts
        ("evt_24", "changed"),  # its one discount, of the older API
        ("evt_25", "started"),  # its trial ended
        ("evt_26", None),  # a payment is late
        ("evt_27", None),  # a new period
        ("evt_30", "paused"),
        ("evt_31", "resumed"),
        ("evt_33", "resumed"),
        ("evt_35", None),
    ],
)
def test_events_report_what_changed(event: str, word: str | None) -> None:
    assert [told.event for told in reported(event)] == ([word] if word else [])


def test_a_change_has_the_id_and_time_of_its_event_and_the_terms_from_then_on() -> None:
    [change] = reported("evt_20")

    assert (change.external_id, change.subscription_ref) == ("evt_20", "sub_1")
    assert change.effective_at == BEGUN + timedelta(seconds=1020)
    assert change.price.amount == Decimal("30.00")


@pytest.mark.parametrize(("event", "subscription"), [("evt_00", "sub_1"), ("evt_01", "sub_2"), ("evt_34", "sub_4")])
def test_what_events_and_objects_both_tell_has_one_id(event: str, subscription: str) -> None:
    by_object = {told.external_id: told.effective_at for told in proved(subscription)}
    by_event = {told.external_id: told.effective_at for told in reported(event)}

    assert by_event
    assert by_event.items() <= by_object.items()


def test_only_an_event_knows_the_price_at_a_beginning() -> None:
    assert all(told.is_assumed for told in proved("sub_2"))
    assert not any(told.is_assumed for told in reported("evt_01"))


def test_an_end_is_no_assumption_and_costs_nothing() -> None:
    end = proved("sub_4")[-1]

    assert not end.is_assumed
    assert end.price.amount == 0
    assert [end] == reported("evt_34")


def test_a_deleted_customer_is_reported() -> None:
    assert drafts("stripe", "events", stripe("events", "evt_35")) == [CustomerRecordDraft("cus_1", is_deleted=True)]
