"""Taking what is not a movement, and finding the movements that it speaks of."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from django.db import connection

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
from datasources.models import DataSource
from datasources.services.catalogue import tell_products
from datasources.services.details import Fact, tell_details, told_of_customers
from datasources.services.people import tell_customers
from datasources.services.promises import tell_events, tell_payout_parts, tell_statements, tell_subscriptions
from datasources.services.relatives import lines_of
from putler.kernel.money import Money

Kind = TypeVar("Kind")
_TOLD = (
    "external_id kind status occurred_at currency amount fee tax shipping discount presentment_currency "
    "presentment_amount country order_ref payment_ref provider_refs parent_ref payout_ref subscription_ref is_attempt"
).split()
_OWN = "FROM datasources_transaction WHERE account_id = %(account)s AND source_id = %(source)s"
# A statement for each name: each has an index, and all together have none.
_NAMED = " UNION ".join(
    f"SELECT id {_OWN} AND {name} = ANY(%(names)s)" for name in ("payment_ref", "external_id", "order_ref")
)
_RETOLD = f"SELECT id, customer_id, {', '.join(_TOLD)} {_OWN} AND id IN ({_NAMED})"


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
    names = list(abouts)
    with connection.cursor() as cursor:
        cursor.execute(_RETOLD, {"account": source.account_id, "source": source.pk, "names": names})
        rows = cursor.fetchall()
    lines = lines_of(source.account_id, [row_id for row_id, *_ in rows])
    facts = (_fact(*row, lines=tuple(lines.get(row_id, ()))) for row_id, *row in rows)
    return {fact.draft.external_id: fact for fact in facts}


def _of(drafts: Sequence[Draft], kind: type[Kind]) -> list[Kind]:
    return [draft for draft in drafts if isinstance(draft, kind)]


def _fact(customer_id: int | None, *told: Any, lines: tuple[LineItem, ...]) -> Fact:
    row = dict(zip(_TOLD, told, strict=True))
    money, seen = (
        (row.pop("amount"), row.pop("currency")),
        (row.pop("presentment_amount"), row.pop("presentment_currency")),
    )
    refs = tuple(row.pop("provider_refs") or ())
    draft = MovementDraft(
        **row, amount=Money.from_minor(*money), presentment=Money.from_minor(*seen), provider_refs=refs
    )
    return Fact(draft, customer_id, lines)
