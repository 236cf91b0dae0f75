"""E8: one payment seen by a store and by a gateway is counted once."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta

from .ledger import Key, Row

PROBABLE_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Pairs:
    """Which store row repeats which gateway row, and who might."""

    gateway_of: dict[Key, Key]
    """The uncounted store row → its primary."""
    match: dict[Key, str]
    """The uncounted store row → "reference" or "probable"."""
    possible: list[tuple[Row, Row]]
    """(store row, gateway row) that look alike, with more than one candidate on a side."""


def pair(rows: list[Row]) -> Pairs:
    """The links among these rows, by reference first, then probable ones among the rest; `rows` earliest first."""
    stores = [row for row in rows if row.source_kind == "store" and row.is_settled]
    gateways = [row for row in rows if row.source_kind == "gateway" and row.is_settled]
    by_reference = pair_by_reference(stores, gateways)
    probable, possible = pair_probable(
        [row for row in stores if row.key not in by_reference],
        [row for row in gateways if row.key not in by_reference.values()],
    )
    match = {store: "reference" for store in by_reference} | {store: "probable" for store in probable}
    return Pairs(by_reference | probable, match, possible)


def pair_by_reference(stores: list[Row], gateways: list[Row]) -> dict[Key, Key]:
    """(a) The store names the gateway's id; of several stores naming one, the earliest has it."""
    links: dict[Key, Key] = {}
    for store in stores:
        for gateway in gateways:
            is_named = store.payment_ref != "" and store.payment_ref == gateway.external_id
            is_free = store.key not in links and gateway.key not in links.values()
            if is_named and is_free and is_same_money(store, gateway):
                links[store.key] = gateway.key
    return links


def pair_probable(stores: list[Row], gateways: list[Row]) -> tuple[dict[Key, Key], list[tuple[Row, Row]]]:
    """(b) Nobody names anybody, but they look alike: linked if each is the other's only candidate."""
    alike = [(store, gateway) for store in stores for gateway in gateways if is_probable(store, gateway)]
    gateways_of, stores_of = defaultdict(list), defaultdict(list)
    for store, gateway in alike:
        gateways_of[store.key].append(gateway.key)
        stores_of[gateway.key].append(store.key)
    links: dict[Key, Key] = {}
    possible: list[tuple[Row, Row]] = []
    for store, gateway in alike:
        if len(gateways_of[store.key]) == 1 and len(stores_of[gateway.key]) == 1:
            links[store.key] = gateway.key
        else:
            possible.append((store, gateway))
    return links, possible


def is_same_money(store: Row, gateway: Row) -> bool:
    """Whether both tell of the same kind of movement of the same money."""
    return (store.kind, store.currency, store.amount) == (gateway.kind, gateway.currency, gateway.amount)


def is_probable(store: Row, gateway: Row) -> bool:
    """Whether two rows that name each other in no way look like one payment."""
    return (
        store.payment_ref == ""
        and gateway.order_ref == ""
        and is_same_money(store, gateway)
        and store.customer != ""
        and store.customer == gateway.customer
        and abs(store.occurred_at - gateway.occurred_at) <= PROBABLE_WITHIN
    )


def with_twins(rows: list[Row], pairs: Pairs) -> list[Row]:
    """The same rows, each primary completed by what its store row knows."""
    by_key = {row.key: row for row in rows}
    store_of = {gateway: by_key[store] for store, gateway in pairs.gateway_of.items()}
    return [completed(row, store_of[row.key]) if row.key in store_of else row for row in rows]


def completed(gateway: Row, store: Row) -> Row:
    """The gateway's money, fee and time with the store's order and breakdown; what the store leaves empty stays."""
    return replace(
        gateway,
        order_ref=store.order_ref or gateway.order_ref,
        lines=store.lines or gateway.lines,
        tax=store.tax,
        shipping=store.shipping,
        discount=store.discount,
        country=store.country or gateway.country,
        customer=store.customer or gateway.customer,
    )
