"""What a set of rows counts as when no other rows exist.

Source: docs/metrics.md, sections 1 and 2.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from datasources.bookkeeping.allocation import allocated, inherit
from datasources.bookkeeping.orders import failing_rows, opening_products, opening_rows
from datasources.bookkeeping.pairing import pair
from datasources.bookkeeping.rows import Entry, Row

_SETTLED_KINDS = {"sale", "refund", "dispute", "dispute_reversal", "fee"}
_UNSETTLED_SALES = {"pending": "pending_sale", "failed": "failed_sale"}


def count(rows: Iterable[Row], excluded: Collection[int] = ()) -> list[Entry]:
    """One entry for each row that some figure counts; `rows` are whole families (see families.py).

    `excluded`: customers who count nowhere, nor what follows from their rows.
    """
    known = {row.id: row for row in rows}
    hidden = set()
    for store, gateway, _ in pair(known.values()):
        if gateway:
            known[gateway.id] = inherit(gateway, store)
            hidden.add(store.id)
    known = allocated(known.values())
    parents = {(row.source_id, row.external_id): row for row in known.values()}
    shown = [row for row in known.values() if row.id not in hidden]
    if excluded:
        shown = list(_of_others(shown, parents, excluded))
    openings, failures, products = opening_rows(shown), failing_rows(shown), opening_products(shown)
    kinds = ((row, _kind(row, parents.get((row.source_id, row.parent_ref or "")), hidden)) for row in shown)
    return [
        Entry(kind, row, opener == row.id, row.id in failures, products.get(row.id, frozenset()), opener)
        for row, kind in kinds
        if kind
        for opener in [openings.get(row.order_key)]
    ]


def _kind(row: Row, parent: Row | None, hidden: set[int]) -> str | None:
    if not row.is_settled:
        return _UNSETTLED_SALES.get(row.status) if row.kind == "sale" else None
    if row.kind == "adjustment":
        is_correction = parent is not None and parent.kind == "sale" and _counts(parent, hidden)
        return "correction" if is_correction else None
    if row.kind == "fee" and parent is not None and not _counts(parent, hidden):
        return None
    return row.kind if row.kind in _SETTLED_KINDS else None


def _counts(row: Row, hidden: set[int]) -> bool:
    return row.is_settled and row.id not in hidden


def _of_others(
    rows: Collection[Row], parents: Mapping[tuple[int, str], Row], excluded: Collection[int]
) -> Iterator[Row]:
    """The rows that no excluded customer stands behind: as their buyer, as their order's, or as their parent's."""
    orders = {row.order_key for row in rows if row.customer_id in excluded}

    def is_theirs(row: Row) -> bool:
        return row.customer_id in excluded or (row.customer_id is None and row.order_key in orders)

    for row in rows:
        chain = {row.id: row}
        parent = parents.get((row.source_id, row.parent_ref or ""))
        while parent and parent.id not in chain:
            chain[parent.id] = parent
            parent = parents.get((parent.source_id, parent.parent_ref or ""))
        if not any(map(is_theirs, chain.values())):
            yield row
