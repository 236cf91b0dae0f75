"""Lines as they are booked: together exactly the goods of their row, in its currency and in the base currency (E6).

Source: docs/metrics.md, sections 1 and 2.
"""

from collections.abc import Iterator
from typing import NamedTuple

from datasources.bookkeeping.conversion import Factor
from datasources.bookkeeping.rows import Entry, Row

WITH_GOODS = frozenset({"sale", "correction", "refund"})


class BookedItem(NamedTuple):
    """A line as it counts; `product_id` is None for goods that no line accounts for."""

    product_id: int | None
    quantity: int
    amount: int
    base_amount: int | None
    is_order: bool
    order_row: int | None = None  # of a line that dates its order for its product, where another row dates the order


def booked_lines(entry: Entry, *, base_goods: int | None, factor: Factor | None) -> Iterator[BookedItem]:
    """The lines of an entry; `base_goods`: its goods in the base currency, None where they cannot be converted."""
    if entry.kind not in WITH_GOODS:
        return
    row = entry.row
    converted = _converted(row, base_goods, factor)
    opening = set(entry.products)
    elsewhere = None if entry.is_order else entry.order_row
    for line, base in zip(row.lines, converted, strict=True):
        opens = line.product_id in opening
        yield BookedItem(line.product_id, line.quantity, line.amount, base, opens, elsewhere if opens else None)
        opening.discard(line.product_id or 0)
    rest = _goods(row) - sum(line.amount for line in row.lines)
    if rest:
        left = None if base_goods is None else base_goods - sum(base or 0 for base in converted)
        yield BookedItem(None, 0, rest, left, is_order=False)


def _converted(row: Row, base_goods: int | None, factor: Factor | None) -> list[int | None]:
    """The lines' amounts in the base currency; what rounding leaves is on the largest, the first of equals."""
    if base_goods is None or factor is None:
        return [None] * len(row.lines)
    amounts = [factor.convert(line.amount) or 0 for line in row.lines]
    if row.lines and sum(line.amount for line in row.lines) == _goods(row):
        largest = max(range(len(amounts)), key=lambda index: abs(row.lines[index].amount))
        amounts[largest] += base_goods - sum(amounts)
    return list(amounts)


def _goods(row: Row) -> int:
    return row.amount - row.tax - row.shipping
