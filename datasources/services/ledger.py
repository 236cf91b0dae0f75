"""Posting: the one writer of facts.

Rows that are new are inserted, rows told otherwise than before are changed and their old version kept, rows told as
before are not touched. What they count as follows in the same transaction.
"""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest, Least

from datasources.bookkeeping.rows import LineItem, Row
from datasources.connectors.base import Draft, MovementDraft
from datasources.models import DataSource, Upload
from datasources.services import booking
from datasources.services.details import Fact, complete
from datasources.services.numbered import ids_of_products
from datasources.services.people import customers, key_of
from datasources.services.relatives import TOLD, relatives
from datasources.services.shielding import Shield
from datasources.services.statistics import look_again
from datasources.services.telling import retold, tell
from putler.copying import copy_rows
from putler.kernel.errors import PutlerError
from putler.tenancy import lock, tenant

# The facts of a movement: column → SQL type. The statements add the account, the source, ids and when it arrived.
FACTS = {
    "external_id": "text",
    "kind": "text",
    "status": "text",
    "occurred_at": "timestamptz",
    "currency": "text",
    "amount": "bigint",
    "fee": "bigint",
    "tax": "bigint",
    "shipping": "bigint",
    "discount": "bigint",
    "presentment_currency": "text",
    "presentment_amount": "bigint",
    "customer_id": "bigint",
    "country": "text",
    "order_ref": "text",
    "payment_ref": "text",
    "provider_refs": "varchar[]",
    "parent_ref": "text",
    "payout_ref": "text",
    "subscription_ref": "text",
    "is_attempt": "boolean",
    "lines_digest": "uuid",
}
_COLUMNS = ", ".join(FACTS)
_KEPT = "kind, status, occurred_at, currency, amount, fee, tax, shipping, discount, customer_id"


class SourceGone(PutlerError):
    """The source was unlinked: nothing is written to it any more."""


class Posted(NamedTuple):
    """How many rows were new, and how many were told otherwise than before."""

    new: int
    changed: int


def post(*, source: DataSource, drafts: Sequence[Draft], now: datetime, upload: Upload | None = None) -> Posted:
    """Write the drafts into the ledger of their source; of two drafts with one external id the later holds.

    `upload`: the file that brings rows that are new. Safe to repeat, and in any order: what is told of a movement that
    has not arrived waits for it.
    """
    if not drafts:
        return Posted(0, 0)
    with tenant(source.account_id):
        lock(booking.LOCK, source.account_id)
        shield = Shield(source)
        drafts = shield.veiled(drafts)
        told = tell(source, drafts)
        facts = _merged(
            retold(source, told), _facts(source, [draft for draft in drafts if isinstance(draft, MovementDraft)])
        )
        if source.is_connected:
            facts = complete(source, facts)
        facts = shield.emptied(facts)
        return _write(source, facts, now=now, upload=upload)


def _write(source: DataSource, facts: dict[str, Fact], *, now: datetime, upload: Upload | None) -> Posted:
    if not facts:
        return Posted(0, 0)
    columns = {key: _columns(fact) for key, fact in facts.items()}
    copy_rows("incoming", FACTS, columns.values())
    context = {"account": source.account_id, "source": source.pk, "now": now, "upload": upload and upload.pk}
    new = _insert(context)
    changed = _find_changed(context) if len(new) < len(facts) else {}
    related = relatives(source.account_id, list(changed.values()))  # by what the old versions named
    if changed:
        _supersede(context)
    ids = new | changed
    _count(source, len(new), [facts[key].draft.occurred_at for key in ids])
    _write_lines(source, [(ids[key], facts[key].lines) for key in ids], replaced=list(changed.values()))
    look_again(source.account_id)
    written = {ids[key]: _row(source, ids[key], columns[key], facts[key].lines) for key in ids}
    booking.book(source.account_id, {*ids.values(), *(row.id for row in related)}, written=written)
    look_again(source.account_id)
    return Posted(len(new), len(changed))


def _count(source: DataSource, rows: int, moments: list[datetime]) -> None:
    """Count new rows at their source, whose row stays locked, so that it cannot be unlinked before they are there."""
    own = DataSource.objects.filter(account_id=source.account_id, pk=source.pk, unlinked_at=None)
    first, last = Least("first_at", min(moments, default=None)), Greatest("last_at", max(moments, default=None))
    if not own.update(row_count=F("row_count") + rows, first_at=first, last_at=last):
        raise SourceGone(f"{source.name} was unlinked.")


def _merged(known: dict[str, Fact], told: dict[str, Fact]) -> dict[str, Fact]:
    """What is told over what is known; of money that is known, an attempt tells nothing."""
    money = {key for key, fact in known.items() if not fact.draft.is_attempt}
    return known | {key: fact for key, fact in told.items() if key not in money or not fact.draft.is_attempt}


def _facts(source: DataSource, drafts: Sequence[MovementDraft]) -> dict[str, Fact]:
    """The movements by external id, their customers and products found or entered; money rather than its attempt."""
    drafts = sorted(drafts, key=lambda draft: not draft.is_attempt)
    people = customers(source, (draft.customer for draft in drafts))
    things = ids_of_products(source.account_id, {line.sku for draft in drafts for line in draft.lines})
    return {
        draft.external_id: Fact(
            draft,
            people.get(key_of(source, draft.customer) or ""),
            tuple(LineItem(things[line.sku], line.quantity, line.amount) for line in draft.lines),
        )
        for draft in drafts
    }


def _columns(fact: Fact) -> tuple[Any, ...]:
    draft = fact.draft
    return (
        draft.external_id,
        draft.kind,
        draft.status,
        draft.occurred_at,
        draft.amount.currency,
        draft.amount.minor,
        draft.fee,
        draft.tax,
        draft.shipping,
        draft.discount,
        draft.presentment.currency,
        draft.presentment.minor,
        fact.customer_id,
        draft.country,
        draft.order_ref,
        draft.payment_ref,
        list(draft.provider_refs) or None,
        draft.parent_ref,
        draft.payout_ref,
        draft.subscription_ref,
        draft.is_attempt,
        _digest(fact.lines),
    )


def _row(source: DataSource, row_id: int, columns: tuple[Any, ...], lines: tuple[LineItem, ...]) -> Row:
    """A row as `relatives` would read it from the ledger; its facts are the first of FACTS, in their order."""
    row = Row(row_id, source.pk, source.kind, *columns[: len(TOLD)])
    row.provider_refs, row.lines = row.provider_refs or (), lines
    return row


def _digest(lines: tuple[LineItem, ...]) -> uuid.UUID | None:
    if not lines:
        return None
    return uuid.UUID(bytes=hashlib.sha256(repr([tuple(line) for line in lines]).encode()).digest()[:16])


def _insert(context: dict[str, Any]) -> dict[str, int]:
    """External id → id of the rows that the source had not told of before."""
    return _ids(
        f"""INSERT INTO datasources_transaction
                (account_id, source_id, upload_id, public_id, imported_at, {_COLUMNS})
            SELECT %(account)s, %(source)s, %(upload)s, gen_random_uuid(), %(now)s, {_COLUMNS} FROM incoming
            ON CONFLICT (account_id, source_id, external_id) DO NOTHING
            RETURNING external_id, id""",
        context,
    )


_MATCH = "t.account_id = %(account)s AND t.source_id = %(source)s AND t.external_id = i.external_id"
_TOLD, _TELLS = (", ".join(f"{version}.{name}" for name in FACTS) for version in ("t", "i"))
_IS_NEWS = f"(t.is_attempt OR NOT i.is_attempt) AND ({_TOLD}) IS DISTINCT FROM ({_TELLS})"


def _find_changed(context: dict[str, Any]) -> dict[str, int]:
    """External id → id of the rows that are told otherwise now."""
    return _ids(
        f"""SELECT t.external_id, t.id FROM datasources_transaction t JOIN incoming i ON {_MATCH} WHERE {_IS_NEWS}""",
        context,
    )


def _supersede(context: dict[str, Any]) -> None:
    """Keep the old versions of changed rows and write the new ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO datasources_superseded (account_id, transaction_id, seen_from, seen_to, {_KEPT})
                SELECT t.account_id, t.id, t.imported_at, %(now)s, {", ".join(f"t.{c}" for c in _KEPT.split(", "))}
                FROM datasources_transaction t JOIN incoming i ON {_MATCH} WHERE {_IS_NEWS}""",
            context,
        )
        cursor.execute(
            f"""UPDATE datasources_transaction t
                SET imported_at = %(now)s, {", ".join(f"{name} = i.{name}" for name in FACTS)}
                FROM incoming i WHERE {_MATCH} AND {_IS_NEWS}""",
            context,
        )


def _ids(statement: str, context: dict[str, Any]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, context)
        return dict(cursor.fetchall())


def _write_lines(source: DataSource, rows: list[tuple[int, tuple[LineItem, ...]]], *, replaced: list[int]) -> None:
    lines = [(row, *line) for row, own in rows for line in own]
    with connection.cursor() as cursor:
        if replaced:
            cursor.execute(
                "DELETE FROM datasources_line WHERE account_id = %s AND transaction_id = ANY(%s)",
                [source.account_id, replaced],
            )
        if lines:
            columns = {"transaction_id": "bigint", "product_id": "bigint", "quantity": "integer", "amount": "bigint"}
            copy_rows("incoming_line", columns, lines)
            cursor.execute(
                f"""INSERT INTO datasources_line (account_id, {", ".join(columns)})
                    SELECT %s, {", ".join(columns)} FROM incoming_line""",
                [source.account_id],
            )


def as_posted(fact: Fact) -> tuple[Any, ...]:
    """The values of FACTS that posting would write."""
    return _columns(fact)
