"""Families: rows that decide together what each counts as, and the worlds in which they may be looked at.

A family of one source counts the same whoever looks. One of several sources counts differently for each choice of
them, so it is counted once for every choice.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from datasources.bookkeeping.counting import count
from datasources.bookkeeping.pairing import names, near, references, same_money
from datasources.bookkeeping.rows import Entry, Row

# Beyond this many, an order number that sources share is a coincidence of numbering, and each source is its own family.
MOST_SOURCES = 6


class Counted(NamedTuple):
    """An entry and its condition: all sources of `present` and none of `absent` are in view, besides the row's own."""

    entry: Entry
    present: tuple[int, ...]
    absent: tuple[int, ...]


def counted(family: list[Row], excluded: Collection[int] = ()) -> Iterator[Counted]:
    """The entries of one family in each choice of its sources; `excluded`: customers who count nowhere."""
    sources = sorted({row.source_id for row in family})
    for size in range(1, len(sources) + 1):
        for chosen in combinations(sources, size):
            absent = tuple(source for source in sources if source not in chosen)
            for entry in count((row for row in family if row.source_id in chosen), excluded):
                present = tuple(source for source in chosen if source != entry.row.source_id)
                yield Counted(entry, present, absent)


def families(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Split rows into families; a row without relations is one by itself."""
    rows = list(rows)
    leader = {row.id: row.id for row in rows}
    for first, second in _relations(rows):
        leader[_head(leader, first)] = _head(leader, second)
    grouped = defaultdict(list)
    for row in rows:
        grouped[_head(leader, row.id)].append(row)
    for family in grouped.values():
        if len({row.source_id for row in family}) <= MOST_SOURCES:
            yield family
        else:
            yield from _by_source(family)


def _head(leader: dict[int, int], member: int) -> int:
    while leader[member] != member:
        leader[member] = member = leader[leader[member]]
    return member


def _relations(rows: list[Row]) -> Iterator[tuple[int, int]]:
    orders: dict[str, int] = {}
    by_external_id = {(row.source_id, row.external_id): row.id for row in rows}
    for row in rows:
        if row.order_ref:
            yield row.id, orders.setdefault(row.order_ref, row.id)
        if row.parent_ref and (parent := by_external_id.get((row.source_id, row.parent_ref))):
            yield row.id, parent
    stores = [row for row in rows if row.source_kind == "store"]
    if stores:
        yield from _twins(stores, [row for row in rows if row.source_kind == "gateway"])


def _twins(stores: list[Row], gateways: list[Row]) -> Iterator[tuple[int, int]]:
    by_reference, by_customer = defaultdict(list), defaultdict(list)
    for gateway in gateways:
        for reference in references(gateway):
            by_reference[reference].append(gateway)
        if not gateway.names_a_shops_order and gateway.customer_id is not None:
            by_customer[gateway.customer_id].append(gateway)
    for store in stores:
        if store.payment_ref is not None:
            found = [row for row in by_reference.get(store.payment_ref, []) if names(store, row)]
        else:
            found = [row for row in by_customer.get(store.customer_id or 0, []) if near(store, row)]
        for gateway in found:
            if same_money(store, gateway):
                yield store.id, gateway.id


def _by_source(family: list[Row]) -> Iterable[list[Row]]:
    by_source = defaultdict(list)
    for row in family:
        by_source[row.source_id].append(row)
    return by_source.values()
