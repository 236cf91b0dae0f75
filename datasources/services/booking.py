"""Booking: what facts count as, written anew for every row whose surroundings changed.

Facts are never touched, so a link that comes late, a source that goes or a rate that arrives only books again.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from accounts.models import Account
from datasources.bookkeeping.families import Counted, counted, families
from datasources.bookkeeping.orders import FirstOrder, first_orders
from datasources.bookkeeping.pairing import Pair, pair
from datasources.bookkeeping.rows import Row
from datasources.models import BOOKING_LOCK, Customer, DuplicateLink, roots
from datasources.services import decisions
from datasources.services.entering import enter
from datasources.services.relatives import relatives
from putler.tenancy import lock, tenant

LOCK = BOOKING_LOCK


def book(account_id: int, ids: Collection[int], *, written: Mapping[int, Row] | None = None) -> None:
    """Book the rows again, and with them all whose counting may depend on them. Idempotent.

    `written`: those of them that this transaction wrote itself, as in `relatives`.
    """
    if not ids:
        return
    with tenant(account_id):
        lock(LOCK, account_id)
        entries, gone, first = _book(account_id, ids, written=written)
        _note(account_id, gone.hours | first.hours | {_hour(item.entry.row.occurred_at) for item in entries})


def book_as_before(account_id: int, ids: Collection[int]) -> None:
    """The same for rows of which nothing changed but that the account has a next currency: no figure depends on it.

    Only rows without their day's rate may count otherwise by now. Inside tenant() and under LOCK.
    """
    _, gone, first = _book(account_id, ids)
    _note(account_id, gone.open_hours | first.hours)


def _book(
    account_id: int, ids: Collection[int], *, written: Mapping[int, Row] | None = None
) -> tuple[list[Counted], "_Gone", "_First"]:
    account = Account.objects.get(pk=account_id)
    members = list(families(relatives(account_id, ids, written=written or {})))
    touched = {*ids, *(row.id for family in members for row in family)}
    gone = _forget(account_id, touched)
    _link(account_id, touched, (match for family in members for match in pair(family)))
    people = roots(account_id, Customer)
    excluded = decisions.excluded(account_id, {row.customer_id for family in members for row in family}, people)
    entries = [_of_root(entry, people) for family in members for entry in counted(family, excluded)]
    first = _settle_first_orders(account_id, entries, gone.customers)
    enter(account, entries, first.rows)
    return entries, gone, first


def _of_root(item: Counted, people: Mapping[int, int]) -> Counted:
    """An entry of whoever its customer was merged into."""
    row = item.entry.row
    root = people.get(row.customer_id or 0)
    return item._replace(entry=item.entry._replace(row=replace(row, customer_id=root))) if root else item


def remove(account_id: int, ids: Collection[int]) -> None:
    """Delete these rows from the ledger and book again what depended on them."""
    with tenant(account_id):
        lock(LOCK, account_id)
        left = {row.id for row in relatives(account_id, ids)} - set(ids)
        gone = _forget(account_id, ids)
        _delete(account_id, ids)
        _note(account_id, gone.hours | _settle_first_orders(account_id, [], gone.customers).hours)
        book(account_id, left)


def _delete(account_id: int, ids: Collection[int]) -> None:
    """Delete rows with all that hangs on them, and count them off at their sources."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH gone AS (DELETE FROM datasources_transaction WHERE account_id = %(account)s AND id = ANY(%(ids)s)
                             RETURNING source_id),
                    counted AS (SELECT source_id, count(*) AS rows FROM gone GROUP BY source_id)
               UPDATE datasources_datasource s SET row_count = greatest(0, s.row_count - counted.rows)
               FROM counted WHERE s.account_id = %(account)s AND s.id = counted.source_id""",
            {"account": account_id, "ids": list(ids)},
        )


class _Gone(NamedTuple):
    """What deleted bookings leave behind: their UTC hours, and customers whose first order may be another now.

    `open_hours`: of those whose exchange rate was not final.
    """

    hours: set[datetime]
    open_hours: set[datetime]
    customers: set[int]


class _First(NamedTuple):
    """Which of the rows to be booked are first orders, and the UTC hours of bookings that are so, or not, from now."""

    rows: set[int]
    hours: set[datetime]


def _forget(account_id: int, ids: Collection[int]) -> _Gone:
    """Delete the bookings of these rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM datasources_booking WHERE account_id = %s AND transaction_id = ANY(%s)
               RETURNING date_trunc('hour', occurred_at, 'UTC'), is_rate_final,
                         CASE WHEN is_order THEN customer_id END""",
            [account_id, list(ids)],
        )
        rows = cursor.fetchall()
    return _Gone(
        {hour for hour, _, _ in rows},
        {hour for hour, is_final, _ in rows if not is_final},
        {customer for *_, customer in rows if customer},
    )


def _settle_first_orders(account_id: int, entries: list[Counted], touched: set[int]) -> _First:
    """Find each customer's first order among those booked and those to be booked, and mark the booked ones so."""
    orders = [
        FirstOrder(row.customer_id, row.moment, row.id, is_booked=False, is_marked=False)
        for (_, row, is_order, *_), _, absent in entries
        if is_order and not absent and row.customer_id
    ]
    customers = touched | {order.customer_id for order in orders}
    if not customers:
        return _First(set(), set())
    with connection.cursor() as cursor:
        cursor.execute(_EARLIEST, {"account": account_id, "customers": list(customers)})
        earliest = cursor.fetchall()
        cursor.execute(
            "SELECT id, external_id FROM datasources_transaction WHERE account_id = %s AND id = ANY(%s)",
            [account_id, [transaction for _, _, _, transaction, _, _ in earliest]],
        )
        names = dict(cursor.fetchall())
        booked = [
            FirstOrder(
                customer, (occurred_at, names[transaction], source), booking, is_booked=True, is_marked=is_marked
            )
            for customer, occurred_at, source, transaction, booking, is_marked in earliest
        ]
        first = first_orders([*orders, *booked])
        flipped = [order.id for order in booked if order.is_marked != (order in first)]
        cursor.execute(
            """UPDATE datasources_booking SET is_first = NOT is_first WHERE account_id = %s AND id = ANY(%s)
               RETURNING date_trunc('hour', occurred_at, 'UTC')""",
            [account_id, flipped],
        )
        return _First({order.id for order in first if not order.is_booked}, {hour for (hour,) in cursor})


# The earliest order of each customer, where all sources are in view; several at one instant.
_EARLIEST = """
    SELECT c.id, b.occurred_at, b.source_id, b.transaction_id, b.id, b.is_first
    FROM unnest(%(customers)s::bigint[]) AS c (id)
    CROSS JOIN LATERAL (
        SELECT id, transaction_id, source_id, occurred_at, is_first FROM datasources_booking
        WHERE account_id = %(account)s AND customer_id = c.id AND is_order AND absent IS NULL
        ORDER BY customer_id, occurred_at FETCH FIRST 1 ROW WITH TIES) b"""


def _hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


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


def _note(account_id: int, hours: Collection[datetime]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO datasources_changedhour (account_id, hour) SELECT %s, unnest(%s::timestamptz[])",
            [account_id, list(hours)],
        )
