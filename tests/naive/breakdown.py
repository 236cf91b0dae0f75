"""E2: what a refund or correction without a breakdown takes from its original."""

from dataclasses import replace
from decimal import Decimal

from .ledger import Key, Line, Row, rounded


def with_breakdowns(rows: list[Row]) -> list[Row]:
    """The same rows, refunds and corrections that came without tax, shipping and lines given their share of them."""
    by_key = {row.key: row for row in rows}
    return [broken_down(row, by_key, frozenset()) for row in rows]


def broken_down(row: Row, by_key: dict[Key, Row], undone: frozenset[Key]) -> Row:
    """The row with a breakdown, if it or its original has one. A positive refund's original is a refund in its turn."""
    if row.kind not in ("refund", "adjustment") or has_breakdown(row):
        return row
    original = by_key.get((row.source, row.parent_ref))
    if original is None or original.key in undone or original.amount == 0 or original.currency != row.currency:
        return row
    return in_proportion(row, broken_down(original, by_key, undone | {row.key}))


def has_breakdown(row: Row) -> bool:
    """Whether the row says itself what its amount is made of."""
    return bool(row.lines) or row.tax != 0 or row.shipping != 0


def in_proportion(row: Row, original: Row) -> Row:
    """The row with tax, shipping and lines of the original × (its amount ÷ the original's), signs included."""

    def share(part: Decimal) -> Decimal:
        return rounded(part * row.amount / original.amount, row.currency)

    tax, shipping = share(original.tax), share(original.shipping)
    units = returned_units(row, original)
    lines = [Line(line.product, line.quantity * units, share(line.amount)) for line in original.lines]
    goods = row.amount - tax - shipping
    return replace(row, tax=tax, shipping=shipping, lines=tuple(with_residue(lines, goods)))


def returned_units(row: Row, original: Row) -> int:
    """−1, every unit comes back, for a full refund; 1 for a refund fully undone; 0 for a part."""
    if abs(row.amount) != abs(original.amount):
        return 0
    return 1 if row.amount == original.amount else -1


def with_residue(lines: list[Line], goods: Decimal) -> list[Line]:
    """The lines, summing to `goods`: what rounding left over is on the largest, the first of equals."""
    if not lines:
        return []
    sizes = [abs(line.amount) for line in lines]
    largest = sizes.index(max(sizes))
    residue = goods - sum(line.amount for line in lines)
    return [
        replace(line, amount=line.amount + residue) if place == largest else line for place, line in enumerate(lines)
    ]
