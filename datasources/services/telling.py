"""Taking what is not a movement, and finding the movements that it speaks of."""

from collections.abc import Collection, Sequence
from typing import TypeVar

from django.db.models import Q

from datasources.bookkeeping.rows import LineItem
from datasources.connectors.base import (
    CustomerRecordDraft,
    DetailDraft,
    Draft,
    MovementDraft,
    PayoutPartDraft,
    ProductDraft,
    StatementDraft,
    SubscriptionDraft,
    SubscriptionEventDraft,
)
from datasources.models import DataSource, Transaction
from datasources.services.catalogue import tell_products
from datasources.services.details import Fact, tell_details, told_of_customers
from datasources.services.people import tell_customers
from datasources.services.promises import tell_events, tell_payout_parts, tell_statements, tell_subscriptions
from putler.kernel.money import Money

Kind = TypeVar("Kind")


def tell(source: DataSource, drafts: Sequence[Draft]) -> set[str]:
    """Keep all that is told beside movements; answers the payments and orders of which something new is known."""
    tell_products(source, _of(drafts, ProductDraft))
    moved = tell_customers(source, _of(drafts, CustomerRecordDraft))
    told = tell_details(source, _of(drafts, DetailDraft))
    tell_subscriptions(source, _of(drafts, SubscriptionDraft))
    tell_events(source, _of(drafts, SubscriptionEventDraft))
    tell_statements(source, _of(drafts, StatementDraft))
    tell_payout_parts(source, _of(drafts, PayoutPartDraft))
    return told | told_of_customers(source, moved) if moved else told


def retold(source: DataSource, abouts: Collection[str]) -> dict[str, Fact]:
    """The movements in the ledger that these payments and orders are, by external id, as they stand there."""
    if not abouts:
        return {}
    named = Q(payment_ref__in=abouts) | Q(external_id__in=abouts) | Q(order_ref__in=abouts)
    rows = Transaction.objects.filter(named, account_id=source.account_id, source=source)
    return {row.external_id: _fact(row) for row in rows.prefetch_related("lines")}


def _of(drafts: Sequence[Draft], kind: type[Kind]) -> list[Kind]:
    return [draft for draft in drafts if isinstance(draft, kind)]


def _fact(row: Transaction) -> Fact:
    draft = MovementDraft(
        external_id=row.external_id,
        kind=row.kind,
        status=row.status,
        occurred_at=row.occurred_at,
        amount=Money.from_minor(row.amount, row.currency),
        presentment=Money.from_minor(row.presentment_amount, row.presentment_currency),
        fee=row.fee,
        tax=row.tax,
        shipping=row.shipping,
        discount=row.discount,
        country=row.country,
        order_ref=row.order_ref,
        payment_ref=row.payment_ref,
        provider_refs=tuple(row.provider_refs or ()),
        parent_ref=row.parent_ref,
        payout_ref=row.payout_ref,
        subscription_ref=row.subscription_ref,
        is_attempt=row.is_attempt,
    )
    lines = sorted(row.lines.all(), key=lambda line: line.pk)
    items = tuple(LineItem(line.product_id, line.quantity, line.amount) for line in lines)
    return Fact(draft, row.customer_id, items)
