"""Breakdowns that a row does not bring itself: of its twin in the store (E8), or of the sale it undoes (E2).

Source: docs/metrics.md, rules E2 and E8.
"""

from collections.abc import Iterable
from dataclasses import replace

from datasources.bookkeeping.rows import LineItem, Row


def round_ratio(numerator: int, denominator: int) -> int:
    """numerator ÷ denominator to the nearest whole, half away from zero, exactly."""
    quotient, rest = divmod(abs(numerator), abs(denominator))
    rounded = quotient + (2 * rest >= abs(denominator))
    return rounded if (numerator < 0) == (denominator < 0) else -rounded


def inherit(gateway: Row, store: Row) -> Row:
    """The gateway's row with what the store knows of the same payment; what the store lacks stays the gateway's."""
    lines, tax, shipping, discount = store.lines, store.tax, store.shipping, store.discount
    if store.amount and store.amount != gateway.amount:  # the provider converted: the store's parts follow the money
        tax, shipping, discount = (
            round_ratio(part * gateway.amount, store.amount) for part in (store.tax, store.shipping, store.discount)
        )
        lines = shared(store.lines, gateway.amount, store.amount, total=gateway.amount - tax - shipping)
    return replace(
        gateway,
        tax=tax,
        shipping=shipping,
        discount=discount,
        lines=lines or gateway.lines,
        order_ref=store.order_ref or gateway.order_ref,
        country=store.country or gateway.country,
        customer_id=store.customer_id or gateway.customer_id,
    )


def allocate(row: Row, original: Row) -> Row:
    """A refund or correction with its share of the original's tax, shipping and lines.

    Units come back only when all of the original's money does.
    """
    if original.amount == 0:
        return row
    tax = round_ratio(row.amount * original.tax, original.amount)
    shipping = round_ratio(row.amount * original.shipping, original.amount)
    lines = shared(original.lines, row.amount, original.amount, total=row.amount - tax - shipping)
    is_full = row.currency == original.currency and abs(row.amount) == abs(original.amount)
    sign = 1 if (row.amount < 0) == (original.amount < 0) else -1
    quantities = (sign * line.quantity if is_full else 0 for line in original.lines)
    return replace(
        row,
        tax=tax,
        shipping=shipping,
        lines=tuple(line._replace(quantity=quantity) for line, quantity in zip(lines, quantities, strict=True)),
    )


def allocated(rows: Iterable[Row]) -> dict[int, Row]:
    """Each row by its id, refunds and corrections without a breakdown with that of what they undo."""
    known = {row.id: row for row in rows}
    undoing = [row for row in known.values() if row.kind in {"refund", "adjustment"} and not row.has_breakdown]
    if not undoing:
        return known
    by_external_id = {(row.source_id, row.external_id): row.id for row in known.values()}
    # A refund that failed comes back as a positive one; it mirrors the refund, which therefore goes first.
    for row in sorted(undoing, key=lambda row: row.amount > 0):
        original = known.get(by_external_id.get((row.source_id, row.parent_ref or ""), 0))
        if original and original.kind in {"sale", "refund"} and original.id != row.id:
            known[row.id] = allocate(row, original)
    return known


def shared(lines: tuple[LineItem, ...], numerator: int, denominator: int, *, total: int) -> tuple[LineItem, ...]:
    """The lines' amounts in proportion; the largest, first of equals, takes what rounding leaves to `total`."""
    if not lines:
        return ()
    amounts = [round_ratio(line.amount * numerator, denominator) for line in lines]
    largest = max(range(len(lines)), key=lambda index: abs(amounts[index]))
    amounts[largest] += total - sum(amounts)
    return tuple(line._replace(amount=amount) for line, amount in zip(lines, amounts, strict=True))
