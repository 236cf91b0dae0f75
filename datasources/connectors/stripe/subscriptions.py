"""Subscriptions: what they are now, and what became of them when.

The object proves when its trial and its paid time began and when it ended; events, which Stripe keeps for thirty days,
prove the changes between. What both tell has one id, made of the subscription and the word (sub_…:trial_started,
sub_…:started, sub_…:cancelled: each happens once in Stripe's life of a subscription), so it is not told twice. Only an
event knows the price at a beginning; the object gives today's in its place and says so (`is_assumed`).

Source: https://docs.stripe.com/billing/subscriptions/overview
"""

from collections.abc import Iterator
from dataclasses import replace

from msgspec import Raw

from datasources.connectors.base import CustomerRecordDraft, SubscriptionDraft, SubscriptionEventDraft
from datasources.connectors.stripe.billing import NOT_TOLD, AnySubscription, Before, Event, Subscription
from datasources.connectors.stripe.money import instant
from datasources.connectors.stripe.records import id_of
from datasources.connectors.stripe.terms import Terms, terms_of
from putler.kernel.money import Money

_NOT_BEGUN = {"incomplete", "incomplete_expired", "trialing", "paused"}  # paused: its trial ended without a card

Happened = Iterator[SubscriptionEventDraft]


def from_subscription(record: Subscription) -> Iterator[SubscriptionDraft | SubscriptionEventDraft]:
    """A subscription as it is now, and what it proves of its past."""
    terms = terms_of(record)
    yield SubscriptionDraft(
        external_id=record.id,
        status=record.status,
        customer_ref=id_of(record.customer),
        product_ref=terms.product if terms else None,
        started_at=instant(_begun(record)),
        ended_at=instant(record.ended_at) if record.ended_at else None,
    )
    if terms:
        yield from _beginnings(record, terms, is_assumed=True)
        yield from _end(record, terms)


def from_event(event: Event) -> Iterator[SubscriptionEventDraft | CustomerRecordDraft]:
    """What an event says of a subscription at its time, or that a customer was deleted."""
    record, before = event.data.object, event.data.previous_attributes or Before()
    if event.type == "customer.deleted":
        yield CustomerRecordDraft(record.id, is_deleted=True)
        return
    terms = terms_of(record)
    if terms is None:
        return
    if event.type == "customer.subscription.created" or before.status in {"trialing", "incomplete"}:
        yield from _beginnings(record, terms, is_assumed=False)
    yield from _end(record, terms)
    if word := _word(event, before):
        yield _told(record, terms, external_id=event.id, event=word, at=event.created)


def _beginnings(record: AnySubscription, terms: Terms, *, is_assumed: bool) -> Happened:
    for word, at in _begins(record):
        told = _told(record, terms, external_id=f"{record.id}:{word}", event=word, at=at)
        yield replace(told, is_assumed=is_assumed)


def _begins(record: AnySubscription) -> Iterator[tuple[str, int]]:
    if record.trial_start:
        yield "trial_started", record.trial_start
    starts = record.trial_end or _begun(record)
    has_ended_before = record.ended_at is not None and record.ended_at <= starts
    if record.status not in _NOT_BEGUN and not has_ended_before:
        yield "started", starts


def _end(record: AnySubscription, terms: Terms) -> Happened:
    if record.ended_at and record.status == "canceled":
        yield _told(record, terms, external_id=f"{record.id}:cancelled", event="cancelled", at=record.ended_at)


def _word(event: Event, before: Before) -> str | None:
    """What an event reports beside beginnings and ends, which have ids of their own."""
    word = event.type.removeprefix("customer.subscription.")
    if word != "updated":
        return word if word in {"paused", "resumed"} else None
    is_paused = _holds(event.data.object.pause_collection)
    if before.pause_collection is not NOT_TOLD and _holds(before.pause_collection) != is_paused:
        return "paused" if is_paused else "resumed"
    # Terms that change during a pause are told when it ends.
    return "changed" if before.has_terms and not is_paused else None


def _told(record: AnySubscription, terms: Terms, *, external_id: str, event: str, at: int) -> SubscriptionEventDraft:
    is_over = event in {"paused", "cancelled"}
    return SubscriptionEventDraft(
        external_id=external_id,
        subscription_ref=record.id,
        event=event,
        effective_at=instant(at),
        price=Money.from_minor(0, terms.price.currency) if is_over else terms.price,
        interval=terms.interval,
        interval_count=terms.interval_count,
        quantity=terms.quantity,
        discount=0 if is_over else terms.discount,
        discount_kind=None if is_over else terms.discount_kind,
    )


def _begun(record: AnySubscription) -> int:
    return record.start_date or record.start or record.created


def _holds(field: Raw) -> bool:
    return bytes(field) not in {b"", b"null"}
