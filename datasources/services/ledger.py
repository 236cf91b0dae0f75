"""Posting: the one writer of facts.

Rows that are new are inserted, rows told otherwise than before are changed and their old version kept, rows told as
before are not touched. What they count as follows in the same transaction.
"""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from datasources.connectors.base import CustomerDraft, LineDraft, MovementDraft
from datasources.models import DataSource, Upload
from datasources.services import booking
from datasources.services.copying import copy_rows
from datasources.services.relatives import relatives
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
    "lines_digest": "uuid",
}
_COLUMNS = ", ".join(FACTS)
_KEPT = "kind, status, occurred_at, currency, amount, fee, tax, shipping, discount, customer_id"


class Posted(NamedTuple):
    """How many rows were new, and how many were told otherwise than before."""

    new: int
    changed: int


def post(*, source: DataSource, drafts: Sequence[MovementDraft], now: datetime, upload: Upload | None = None) -> Posted:
    """Write the drafts into the ledger of their source; of two drafts with one external id the later holds.

    `upload`: the file that brings rows that are new. Safe to repeat.
    """
    latest = {draft.external_id: draft for draft in drafts}
    with tenant(source.account_id):
        lock(booking.LOCK, source.account_id)
        customers = _customers(source, (draft.customer for draft in latest.values()))
        copy_rows("incoming", FACTS, (_facts(source, draft, customers) for draft in latest.values()))
        context = {"account": source.account_id, "source": source.pk, "now": now, "upload": upload and upload.pk}
        new = _insert(context)
        changed = _find_changed(context) if len(new) < len(latest) else {}
        related = relatives(source.account_id, list(changed.values()))  # by what the old versions named
        if changed:
            _supersede(context)
        ids = new | changed
        _write_lines(source, [latest[external_id] for external_id in ids], ids, replaced=list(changed.values()))
        booking.book(source.account_id, {*ids.values(), *(row.id for row in related)})
        return Posted(len(new), len(changed))


def _facts(source: DataSource, draft: MovementDraft, customers: dict[str, int]) -> tuple[Any, ...]:
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
        customers.get(_key(source, draft.customer) or ""),
        draft.country,
        draft.order_ref,
        draft.payment_ref,
        list(draft.provider_refs) or None,
        draft.parent_ref,
        draft.payout_ref,
        draft.subscription_ref,
        _digest(draft.lines),
    )


def _digest(lines: tuple[LineDraft, ...]) -> uuid.UUID | None:
    if not lines:
        return None
    return uuid.UUID(bytes=hashlib.sha256(repr([tuple(line) for line in lines]).encode()).digest()[:16])


def _key(source: DataSource, customer: CustomerDraft | None) -> str | None:
    """Who a customer is in the account (E9): the e-mail, else the provider's id within its source."""
    if customer is None:
        return None
    if customer.email:
        return customer.email.strip().lower()
    return f"{source.public_id}:{customer.provider_id}" if customer.provider_id else None


def _customers(source: DataSource, drafts: Iterable[CustomerDraft | None]) -> dict[str, int]:
    """Key → id of the account's customers, those seen for the first time numbered on."""
    known = {key: draft.email for draft in drafts if draft and (key := _key(source, draft))}
    rows = [(key, email and key, uuid.uuid4()) for key, email in sorted(known.items())]
    return _upsert("datasources_customer", "key", "email", source.account_id, rows)


def _products(account_id: int, lines: Iterable[LineDraft]) -> dict[str, int]:
    """SKU → id of the account's products, those seen for the first time numbered on."""
    rows: list[tuple[str, str | None, uuid.UUID]] = [(sku, sku, uuid.uuid4()) for sku in {line.sku for line in lines}]
    return _upsert("datasources_product", "sku", "name", account_id, rows)


def _upsert(
    table: str, key: str, name: str, account_id: int, rows: list[tuple[str, str | None, uuid.UUID]]
) -> dict[str, int]:
    if not rows:
        return {}
    copy_rows(f"incoming_{key}", {"key": "text", name: "text", "public_id": "uuid"}, rows)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {table} (account_id, {key}, {name}, public_id, number)
                SELECT %(account)s, i.key, i.{name}, i.public_id,
                       (SELECT coalesce(max(number), 0) FROM {table} WHERE account_id = %(account)s)
                       + row_number() OVER (ORDER BY i.key COLLATE "C")
                FROM incoming_{key} i
                WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.account_id = %(account)s AND t.{key} = i.key)""",
            {"account": account_id},
        )
        cursor.execute(
            f"SELECT t.{key}, t.id FROM incoming_{key} i JOIN {table} t ON t.account_id = %s AND t.{key} = i.key",
            [account_id],
        )
        return dict(cursor.fetchall())


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
_DIFFERS = f"({', '.join(f't.{name}' for name in FACTS)}) IS DISTINCT FROM ({', '.join(f'i.{name}' for name in FACTS)})"


def _find_changed(context: dict[str, Any]) -> dict[str, int]:
    """External id → id of the rows that are told otherwise now."""
    return _ids(
        f"""SELECT t.external_id, t.id FROM datasources_transaction t JOIN incoming i ON {_MATCH} WHERE {_DIFFERS}""",
        context,
    )


def _supersede(context: dict[str, Any]) -> None:
    """Keep the old versions of changed rows and write the new ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO datasources_superseded (account_id, transaction_id, seen_from, seen_to, {_KEPT})
                SELECT t.account_id, t.id, t.imported_at, %(now)s, {", ".join(f"t.{c}" for c in _KEPT.split(", "))}
                FROM datasources_transaction t JOIN incoming i ON {_MATCH} WHERE {_DIFFERS}""",
            context,
        )
        cursor.execute(
            f"""UPDATE datasources_transaction t
                SET imported_at = %(now)s, {", ".join(f"{name} = i.{name}" for name in FACTS)}
                FROM incoming i WHERE {_MATCH} AND {_DIFFERS}""",
            context,
        )


def _ids(statement: str, context: dict[str, Any]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, context)
        return dict(cursor.fetchall())


def _write_lines(source: DataSource, drafts: list[MovementDraft], ids: dict[str, int], *, replaced: list[int]) -> None:
    products = _products(source.account_id, (line for draft in drafts for line in draft.lines))
    rows = [
        (ids[draft.external_id], products[line.sku], line.quantity, line.amount)
        for draft in drafts
        for line in draft.lines
    ]
    with connection.cursor() as cursor:
        if replaced:
            cursor.execute(
                "DELETE FROM datasources_line WHERE account_id = %s AND transaction_id = ANY(%s)",
                [source.account_id, replaced],
            )
        if rows:
            columns = {"transaction_id": "bigint", "product_id": "bigint", "quantity": "int", "amount": "bigint"}
            copy_rows("incoming_line", columns, rows)
            cursor.execute(
                f"""INSERT INTO datasources_line (account_id, {", ".join(columns)})
                    SELECT %s, {", ".join(columns)} FROM incoming_line""",
                [source.account_id],
            )
