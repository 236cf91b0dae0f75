"""Which row dates an order, which orders never succeeded, and which was a customer's first.

Source: docs/metrics.md, rules E10 and E11.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from datasources.bookkeeping.rows import Row


def opening_rows(rows: Iterable[Row]) -> dict[str | tuple[int, str], int]:
    """{order: the id of the row that dates it, its first settled sale worth more than nothing}."""
    return _first_of_each(row for row in rows if row.kind == "sale" and row.is_settled and row.amount > 0)


def opening_products(rows: Iterable[Row]) -> dict[int, frozenset[int]]:
    """{row id: the products that are on its lines and on no earlier sale of its order}, of settled sales above 0."""
    sales = [row for row in rows if row.lines and row.kind == "sale" and row.is_settled and row.amount > 0]
    seen: dict[str | tuple[int, str], set[int]] = defaultdict(set)
    found = {}
    for row in sorted(sales, key=lambda row: row.moment):
        known = seen[row.order_key]
        found[row.id] = frozenset(line.product_id for line in row.lines if line.product_id) - known
        known |= found[row.id]
    return found


def failing_rows(rows: Iterable[Row]) -> set[int]:
    """The ids of the rows that date a failed order: its first failure, while it has no settled sale.

    A paid row may stand under its shop's order by now; the attempts before it know only the gateway's own name.
    """
    sales = [row for row in rows if row.kind == "sale"]
    paid = {key for row in sales if row.is_settled for key in (row.order_key, *row.provider_refs)}
    return set(_first_of_each(row for row in sales if row.status == "failed" and row.order_key not in paid).values())


class FirstOrder(NamedTuple):
    """A candidate for a customer's first order; `id` is that of a booking, or of a row that is yet to be booked."""

    customer_id: int
    moment: tuple[datetime, str, int]
    id: int
    is_booked: bool
    is_marked: bool


def first_orders(candidates: Iterable[FirstOrder]) -> set[FirstOrder]:
    """The earliest order of each customer."""
    first: dict[int, FirstOrder] = {}
    for order in candidates:
        known = first.get(order.customer_id)
        if known is None or order.moment < known.moment:
            first[order.customer_id] = order
    return set(first.values())


def _first_of_each(rows: Iterable[Row]) -> dict[str | tuple[int, str], int]:
    first: dict[str | tuple[int, str], Row] = {}
    for row in rows:
        known = first.get(row.order_key)
        if known is None or row.moment < known.moment:
            first[row.order_key] = row
    return {key: row.id for key, row in first.items()}
