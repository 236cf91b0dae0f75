"""Booking: what facts count as, written anew for every row whose surroundings changed.

Facts are never touched, so a link that comes late, a source that goes or a rate that arrives only books again.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max

from accounts.models import Account
from datasources.bookkeeping.conversion import OLDEST, Factor, Rates
from datasources.bookkeeping.families import Counted, counted, families
from datasources.bookkeeping.pairing import Pair, pair
from datasources.bookkeeping.rows import Row
from datasources.models import ChangedHour, DuplicateLink, Rate, Transaction
from datasources.services.copying import copy_rows
from datasources.services.relatives import relatives
from putler.tenancy import tenant

_BOOKING = {
    "transaction_id": "bigint",
    "source_id": "bigint",
    "present": "bigint[]",
    "absent": "bigint[]",
    "kind": "text",
    "occurred_at": "timestamptz",
    "currency": "text",
    "presentment_currency": "text",
    "country": "text",
    "customer_id": "bigint",
    "amount": "bigint",
    "fee": "bigint",
    "tax": "bigint",
    "shipping": "bigint",
    "discount": "bigint",
    "units": "int",
    "base_currency": "text",
    "base_amount": "bigint",
    "base_fee": "bigint",
    "base_tax": "bigint",
    "base_shipping": "bigint",
    "base_discount": "bigint",
    "is_rate_final": "boolean",
    "is_order": "boolean",
    "is_failed_order": "boolean",
}


def lock(account_id: int) -> None:
    """Let one transaction at a time post or book for an account, so that two halves of a pair see each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('datasources.booking'), %s)", [account_id % 2**31])


def book(account_id: int, ids: Collection[int]) -> None:
    """Book the rows again, and with them all whose counting may depend on them. Idempotent."""
    if not ids:
        return
    with tenant(account_id):
        lock(account_id)
        account = Account.objects.get(pk=account_id)
        members = list(families(relatives(account_id, ids)))
        touched = [row.id for family in members for row in family]
        gone = _forget(account_id, {*touched, *ids})
        _link(account_id, touched, (match for family in members for match in pair(family)))
        written = _write(account, (entry for family in members for entry in counted(family)))
        hours = gone.hours | written.hours
        hours |= _mark_first_orders(account_id, gone.customers | written.customers)
        _note(account_id, hours)


def remove(account_id: int, ids: Collection[int]) -> None:
    """Delete these rows from the ledger and book again what depended on them."""
    with tenant(account_id):
        lock(account_id)
        left = {row.id for row in relatives(account_id, ids)} - set(ids)
        gone = _forget(account_id, ids)
        Transaction.objects.filter(account_id=account_id, pk__in=ids).delete()
        _note(account_id, gone.hours | _mark_first_orders(account_id, gone.customers))
        book(account_id, left)


class _Effect(NamedTuple):
    """What a change of bookings touches: UTC hours, and customers whose first order may be another."""

    hours: set[datetime]
    customers: set[int]


def _forget(account_id: int, ids: Iterable[int]) -> _Effect:
    """Delete the bookings of these rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM datasources_booking WHERE account_id = %s AND transaction_id = ANY(%s)
               RETURNING date_trunc('hour', occurred_at, 'UTC'), customer_id""",
            [account_id, list(ids)],
        )
        rows = cursor.fetchall()
    return _Effect({hour for hour, _ in rows}, {customer for _, customer in rows if customer})


def _write(account: Account, entries: Iterable[Counted]) -> _Effect:
    """Insert bookings for the entries, converted to the account's currency."""
    entries = list(entries)
    days = {(item.entry.row.currency, _utc_day(item.entry.row)) for item in entries}
    factors = _factors(account.base_currency, days)
    booked = (
        _booked(item, account.base_currency, factors[item.entry.row.currency, _utc_day(item.entry.row)])
        for item in entries
    )
    copy_rows("incoming_booking", _BOOKING, booked)
    with connection.cursor() as cursor:
        columns = ", ".join(_BOOKING)
        cursor.execute(
            f"""INSERT INTO datasources_booking (account_id, is_first, {columns})
                SELECT %s, false, {columns} FROM incoming_booking""",
            [account.pk],
        )
    rows = [item.entry.row for item in entries]
    hours = {row.occurred_at.replace(minute=0, second=0, microsecond=0) for row in rows}
    return _Effect(hours, {row.customer_id for row in rows if row.customer_id})


def _utc_day(row: Row) -> date:
    return row.occurred_at.astimezone(UTC).date()


def _factors(base: str, days: Collection[tuple[str, date]]) -> dict[tuple[str, date], Factor | None]:
    """How to convert each (currency, UTC day) to the base currency."""
    if not days:
        return {}
    currencies = {base, *(currency for currency, _ in days)}
    first, last = min(day for _, day in days) - OLDEST, max(day for _, day in days)
    known = Rate.objects.filter(currency__in=currencies, on__range=(first, last))
    rates = Rates(
        known.values_list("currency", "on", "units_per_eur"), last_day=Rate.objects.aggregate(last=Max("on"))["last"]
    )
    return {(currency, day): rates.factor(currency, base, day) for currency, day in days}


def _booked(item: Counted, base: str, factor: Factor | None) -> tuple[Any, ...]:
    kind, row, is_order, is_failed_order = item.entry
    amounts = row.amount, row.fee, row.tax, row.shipping, row.discount
    return (
        row.id,
        row.source_id,
        list(item.present) or None,
        list(item.absent) or None,
        kind,
        row.occurred_at,
        row.currency,
        row.presentment_currency,
        row.country,
        row.customer_id,
        *amounts,
        sum(line.quantity for line in row.lines),
        base,
        *(factor and factor.convert(amount) for amount in amounts),
        factor is not None and factor.is_final,
        is_order,
        is_failed_order,
    )


def _link(account_id: int, ids: Collection[int], pairs: Iterable[Pair]) -> None:
    """Write down which rows are one payment where all sources are in view, instead of what was known of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM datasources_duplicatelink
               WHERE account_id = %(account)s AND (store_row_id = ANY(%(ids)s) OR gateway_row_id = ANY(%(ids)s))""",
            {"account": account_id, "ids": list(ids)},
        )
    DuplicateLink.objects.bulk_create(
        DuplicateLink(
            account_id=account_id, store_row_id=store.id, gateway_row_id=gateway.id if gateway else None, match=match
        )
        for store, gateway, match in pairs
    )


def _mark_first_orders(account_id: int, customers: Collection[int]) -> set[datetime]:
    """Let each customer's earliest order, and no other, be marked so; answers the hours of those that changed."""
    if not customers:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH first AS MATERIALIZED (
                   SELECT f.id FROM unnest(%(customers)s::bigint[]) AS c (id) CROSS JOIN LATERAL (
                       SELECT b.id FROM datasources_booking b
                       JOIN datasources_transaction t ON t.account_id = %(account)s AND t.id = b.transaction_id
                       WHERE b.account_id = %(account)s AND b.customer_id = c.id AND b.is_order AND b.absent IS NULL
                         AND b.occurred_at = (
                             SELECT min(m.occurred_at) FROM datasources_booking m
                             WHERE m.account_id = %(account)s AND m.customer_id = c.id AND m.is_order
                               AND m.absent IS NULL)
                       ORDER BY t.external_id COLLATE "C", t.source_id LIMIT 1) f)
               UPDATE datasources_booking b SET is_first = NOT b.is_first
               WHERE b.account_id = %(account)s AND b.is_order AND b.customer_id = ANY(%(customers)s)
                 AND b.is_first <> (b.id IN (SELECT id FROM first))
               RETURNING date_trunc('hour', b.occurred_at, 'UTC')""",
            {"account": account_id, "customers": list(customers)},
        )
        return {hour for (hour,) in cursor}


def _note(account_id: int, hours: Iterable[datetime]) -> None:
    ChangedHour.objects.bulk_create(ChangedHour(account_id=account_id, hour=hour) for hour in sorted(hours))
