"""Subscriptions, their events, and the totals that a provider tells of itself: stored as told."""

from collections.abc import Collection

from datasources.connectors.base import PayoutPartDraft, StatementDraft, SubscriptionDraft, SubscriptionEventDraft
from datasources.models import DataSource, PayoutPart, Statement, Subscription, SubscriptionEvent
from datasources.services.catalogue import products
from datasources.services.people import identify

_OF_SUBSCRIPTION = ["customer", "product", "status", "started_at", "ended_at"]
_OF_EVENT = "event effective_at currency amount discount discount_kind interval interval_count quantity".split()
_KEY = ["account", "source", "external_id"]


def tell_subscriptions(source: DataSource, drafts: Collection[SubscriptionDraft]) -> None:
    """Take subscriptions as they are now."""
    if not drafts:
        return
    latest = {draft.external_id: draft for draft in drafts}
    people = identify(source, {draft.customer_ref for draft in latest.values() if draft.customer_ref})
    things = products(source, {draft.product_ref for draft in latest.values() if draft.product_ref})
    rows = []
    for draft in latest.values():
        person = people.get(draft.customer_ref or "")
        rows.append(
            Subscription(
                account_id=source.account_id,
                source=source,
                external_id=draft.external_id,
                customer_id=person and person.customer_id,
                product_id=things.get(draft.product_ref or ""),
                status=draft.status,
                started_at=draft.started_at,
                ended_at=draft.ended_at,
            )
        )
    Subscription.objects.bulk_create(rows, update_conflicts=True, unique_fields=_KEY, update_fields=_OF_SUBSCRIPTION)


def tell_events(source: DataSource, drafts: Collection[SubscriptionEventDraft]) -> None:
    """Take what became of subscriptions; one that is not known yet is entered under its id.

    What is only assumed stands until something certain is told, and replaces nothing.
    """
    if not drafts:
        return
    surest_last = sorted(drafts, key=lambda draft: not draft.is_assumed)
    latest = {(draft.subscription_ref, draft.external_id): draft for draft in surest_last}
    refs = {subscription for subscription, _ in latest}
    Subscription.objects.bulk_create(
        [Subscription(account_id=source.account_id, source=source, external_id=ref) for ref in sorted(refs)],
        ignore_conflicts=True,
    )
    known = Subscription.objects.filter(account_id=source.account_id, source=source, external_id__in=refs)
    ids = dict(known.values_list("external_id", "pk"))
    rows: dict[bool, list[SubscriptionEvent]] = {True: [], False: []}
    for (subscription, _), draft in latest.items():
        rows[draft.is_assumed].append(_event(source.account_id, ids[subscription], draft))
    SubscriptionEvent.objects.bulk_create(rows[True], ignore_conflicts=True)
    SubscriptionEvent.objects.bulk_create(
        rows[False],
        update_conflicts=True,
        unique_fields=["account", "subscription", "external_id"],
        update_fields=_OF_EVENT,
    )


def tell_statements(source: DataSource, drafts: Collection[StatementDraft]) -> None:
    """Take the provider's own totals."""
    if not drafts:
        return
    latest = {draft.external_id: draft for draft in drafts}
    rows = [
        Statement(
            account_id=source.account_id,
            source=source,
            external_id=draft.external_id,
            kind=draft.kind,
            at=draft.at,
            currency=draft.amount.currency,
            amount=draft.amount.minor,
        )
        for draft in latest.values()
    ]
    Statement.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=_KEY, update_fields=["kind", "at", "currency", "amount"]
    )


def tell_payout_parts(source: DataSource, drafts: Collection[PayoutPartDraft]) -> None:
    """Take which movements the provider counts into which payout."""
    if not drafts:
        return
    latest = {draft.external_id: draft for draft in drafts}
    rows = [
        PayoutPart(
            account_id=source.account_id,
            source=source,
            external_id=draft.external_id,
            payout_ref=draft.payout_ref,
            at=draft.at,
            currency=draft.net.currency,
            net=draft.net.minor,
        )
        for draft in latest.values()
    ]
    told = ["payout_ref", "at", "currency", "net"]
    PayoutPart.objects.bulk_create(rows, update_conflicts=True, unique_fields=_KEY, update_fields=told)


def _event(account_id: int, subscription: int, draft: SubscriptionEventDraft) -> SubscriptionEvent:
    return SubscriptionEvent(
        account_id=account_id,
        subscription_id=subscription,
        external_id=draft.external_id,
        event=draft.event,
        effective_at=draft.effective_at,
        currency=draft.price.currency,
        amount=draft.price.minor,
        discount=draft.discount,
        discount_kind=draft.discount_kind,
        interval=draft.interval,
        interval_count=draft.interval_count,
        quantity=draft.quantity,
    )
