"""Which row dates an order, and which orders never succeeded.

Source: docs/metrics.md, rules E10 and E11.
"""

from collections.abc import Iterable

from datasources.bookkeeping.rows import Row


def opening_rows(rows: Iterable[Row]) -> set[int]:
    """The ids of the rows that date their order: its first settled sale worth more than nothing."""
    return _first_of_each(row for row in rows if row.kind == "sale" and row.is_settled and row.amount > 0)


def failing_rows(rows: Iterable[Row]) -> set[int]:
    """The ids of the rows that date a failed order: its first failure, while it has no settled sale."""
    sales = [row for row in rows if row.kind == "sale"]
    paid = {row.order_key for row in sales if row.is_settled}
    return _first_of_each(row for row in sales if row.status == "failed" and row.order_key not in paid)


def _first_of_each(rows: Iterable[Row]) -> set[int]:
    first: dict[str | tuple[int, str], Row] = {}
    for row in rows:
        known = first.get(row.order_key)
        if known is None or row.moment < known.moment:
            first[row.order_key] = row
    return {row.id for row in first.values()}
