"""One payment seen by a store and by a gateway (E8): which rows are the same money.

Source: docs/metrics.md, rule E8.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from datasources.bookkeeping.rows import Row

NEAR = timedelta(minutes=10)
REACH = timedelta(days=3)  # between a store's row and the gateway's row that it knows by a further id


class Pair(NamedTuple):
    """A store's row and the gateway's; without a gateway's row, a store's row with more than one candidate."""

    store: Row
    gateway: Row | None
    match: str  # reference, probable, ambiguous


def pair(rows: Iterable[Row]) -> list[Pair]:
    """The pairs among these rows, each row in one at most."""
    rows = list(rows)
    if not {"store", "gateway"} <= {row.source_kind for row in rows}:
        return []
    settled = sorted((row for row in rows if row.is_settled), key=lambda row: row.moment)
    stores = [row for row in settled if row.source_kind == "store"]
    gateways = [row for row in settled if row.source_kind == "gateway"]
    pairs = list(_by_reference(stores, gateways))
    taken = {row.id for match in pairs for row in (match.store, match.gateway) if row}
    left = [row for row in stores if row.id not in taken and row.payment_ref is None]
    return [*pairs, *_probable(left, [row for row in gateways if row.id not in taken and not row.names_a_shops_order])]


def same_money(store: Row, gateway: Row) -> bool:
    """Whether both tell of the same kind, currency and amount as the customer saw them, settled, and may be one."""
    is_said_apart = (gateway.source_id, gateway.external_id) in store.apart
    return store.is_settled and gateway.is_settled and not is_said_apart and _money(store) == _money(gateway)


def near(store: Row, gateway: Row) -> bool:
    """Whether the two happened within ten minutes of each other."""
    return abs(store.occurred_at - gateway.occurred_at) <= NEAR


def names(store: Row, gateway: Row) -> bool:
    """Whether the store's row tells an id of the gateway's: that of the row, or within three days a further one."""
    if store.payment_ref == gateway.external_id:
        return True
    return store.payment_ref in gateway.provider_refs and abs(store.occurred_at - gateway.occurred_at) <= REACH


def references(gateway: Row) -> tuple[str, ...]:
    """Every id by which a store may know the gateway's row."""
    return gateway.external_id, *gateway.provider_refs


def _money(row: Row) -> tuple[str, str, int]:
    return row.kind, row.presentment_currency, row.presentment_amount


def _by_reference(stores: list[Row], gateways: list[Row]) -> Iterator[Pair]:
    by_reference = defaultdict(list)
    for gateway in gateways:
        for reference in references(gateway):
            by_reference[reference].append(gateway)
    taken = set()
    for store in stores:
        candidates = by_reference.get(store.payment_ref or "", ())
        match = next(
            (row for row in candidates if row.id not in taken and names(store, row) and same_money(store, row)), None
        )
        if match:
            taken.add(match.id)
            yield Pair(store, match, "reference")


def _probable(stores: list[Row], gateways: list[Row]) -> Iterator[Pair]:
    by_money = defaultdict(list)
    for gateway in gateways:
        if gateway.customer_id is not None:
            by_money[_money(gateway), gateway.customer_id].append(gateway)
    candidates = {
        store.id: [
            row
            for row in by_money.get((_money(store), store.customer_id), ())  # type: ignore[arg-type]
            if near(store, row) and same_money(store, row)
        ]
        for store in stores
    }
    rivals: dict[int, int] = defaultdict(int)
    for found in candidates.values():
        for gateway in found:
            rivals[gateway.id] += 1
    for store in stores:
        found = candidates[store.id]
        if len(found) == 1 and rivals[found[0].id] == 1:
            yield Pair(store, found[0], "probable")
        elif found:
            yield Pair(store, None, "ambiguous")
