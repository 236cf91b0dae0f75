"""Orders one by one, what lay in them and what customers have left: what sums cannot answer.

A month has the entries of its days again, for a range of years has thirty times fewer rows of months to read.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
from django.db.models import BigIntegerField, DateField, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, TruncDate

from analytics.buyers import MONEY
from analytics.lines import lines_of
from analytics.metrics.customers import KNOWN
from analytics.metrics.sales import ORDERED
from analytics.models import Generation, Grain, RollupOrder
from analytics.packing import Groups, Ints, Numbers
from analytics.query import By, Query
from analytics.spans import Cover, consecutive, cover, within
from analytics.storing import Select, insert, stored
from datasources.models import Booking, Customer, Product
from putler.kernel.periods import Interval, local_day, microseconds, midnight

_KEY: Final = ("source_id", "present", "absent", "currency")
_INSTANT: Final = "(extract(epoch FROM occurred_at) * 1000000)::bigint"


class Orders(NamedTuple):
    """Orders of known customers: the instant of each in microseconds, whose it is, and the movement that dates it."""

    placed_at: Ints
    buyer: Ints
    placed: Ints


class Baskets(NamedTuple):
    """Products in orders: the movement of the order, the product's number, and the customer's, 0 where unknown."""

    basket: Ints
    product: Ints
    product_buyer: Ints


class Purses(NamedTuple):
    """What customers brought on a day in a currency, in its minor units, less what went back to them."""

    owner: Ints
    net: Ints


class _Kind(NamedTuple):
    """How one kind of entry is stored, each array with its type on disk, by how many of them entries are sorted, and
    how they are gathered from bookings."""

    arrays: dict[str, str]
    by: int
    gathered: Callable[[int, Q, Sequence[str], dict[str, Any]], Groups]


def orders(query: Query, generation: Generation, span: Interval) -> Orders:
    """The orders of a span in the query's scope, in no order."""
    return Orders(*_flat(_ORDERS, query, generation, span))


def baskets(query: Query, generation: Generation, span: Interval) -> Baskets:
    """What lay in the orders of a span in the query's scope, in no order."""
    return Baskets(*_flat(_BASKETS, query, generation, span))


def purses(query: Query, generation: Generation, span: Interval) -> Iterator[tuple[Ints, Purses]]:
    """(first instant of each entry's local day or month, entries) of a span in the query's scope, of each currency.

    By months only where the query cuts by nothing shorter.
    """
    covered = cover(span, generation.zone, by_day=query.by in _SHORT)
    found: dict[str, list[tuple[Ints, Ints, Ints]]] = defaultdict(list)
    for groups in _groups(_PURSES, query, generation, covered, by=("on", "currency")):
        begins = {on: microseconds(midnight(on, generation.zone)) for on in {on for on, _ in groups.keys}}
        at = np.array([begins[on] for on, _ in groups.keys], np.int64)
        row = np.repeat(np.arange(len(groups.keys)), np.diff(groups.bounds))
        currencies = [currency for _, currency in groups.keys]
        for currency in set(currencies):
            own = np.array([each == currency for each in currencies])[row]
            found[currency].append((at[row][own], *(each[own] for each in groups.figures)))
    for parts in found.values():
        at, owner, net = (np.concatenate(part) for part in zip(*parts, strict=True))
        yield at, Purses(owner, net)


def write_days(generation: Generation, days: Collection[date]) -> None:
    """Gather the entries of some local days anew."""
    on = {"on": TruncDate("occurred_at", tzinfo=generation.zone)}
    condition = within(consecutive(days, generation.zone))
    rows: dict[Any, tuple[tuple[Any, ...], list[bytes]]] = {}
    start = 0
    for kind in _KINDS:
        found = kind.gathered(generation.account_id, condition, ("on", *_KEY), on)
        for key, arrays in zip(found.keys, found.packed(list(kind.arrays.values())), strict=True):
            row = rows.setdefault(repr(key), (key, [b""] * _WIDTH))[1]
            row[start : start + len(arrays)] = arrays
        start += len(kind.arrays)
    _of(generation, Grain.DAY).filter(on__in=days).delete()
    insert(RollupOrder, generation, Grain.DAY, ((*key, *arrays) for key, arrays in rows.values()))


def write_months(generation: Generation, first: date, last: date) -> None:
    """Put the day rows of local months together anew, from the first day of one to the last of another."""
    names = [name for kind in _KINDS for name in kind.arrays]
    days = _of(generation, Grain.DAY).filter(on__range=(first, last)).order_by("on").values_list("on", *_KEY, *names)
    parts: dict[Any, tuple[tuple[Any, ...], list[tuple[bytes, ...]]]] = {}
    for on, *row in Select.of(days).each():
        key = (on.replace(day=1), *row[: len(_KEY)])
        parts.setdefault(repr(key), (key, []))[1].append(tuple(row[len(_KEY) :]))
    _of(generation, Grain.MONTH).filter(on__range=(first, last)).delete()
    insert(RollupOrder, generation, Grain.MONTH, ((*key, *_joined(rows)) for key, rows in parts.values()))


def _joined(rows: Sequence[tuple[bytes, ...]]) -> Iterator[bytes]:
    """The arrays of several rows as those of one."""
    columns = map(b"".join, zip(*rows, strict=True))
    for kind in _KINDS:
        arrays = [np.frombuffer(next(columns), of) for of in kind.arrays.values()]
        order = np.lexsort(arrays[kind.by - 1 :: -1])
        yield from (array[order].tobytes() for array in arrays)


def _flat(kind: _Kind, query: Query, generation: Generation, span: Interval) -> list[Ints]:
    parts = [groups.figures for groups in _groups(kind, query, generation, cover(span, generation.zone), by=())]
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def _groups(
    kind: _Kind, query: Query, generation: Generation, covered: Cover, *, by: Sequence[str]
) -> Iterator[Groups]:
    """The entries of whole months and days as they are stored, and of each piece of a day from the bookings, by these
    columns."""
    rows = stored(RollupOrder, [*by, *kind.arrays], generation, covered, query.scope).rows() if covered.runs else []
    yield Groups.of(rows, list(kind.arrays.values()))
    for piece in covered.pieces:
        on = Value(local_day(piece.start, generation.zone), output_field=DateField())
        yield kind.gathered(query.account.pk, within([piece]) & query.scope.holds, by, {"on": on})


def _gathered_orders(account_id: int, condition: Q, keys: Sequence[str], also: dict[str, Any]) -> Groups:
    rows = Booking.objects.filter(ORDERED & KNOWN, condition, account_id=account_id).annotate(**also)
    columns = rows.values_list(*keys, "transaction_id", "customer_id", "occurred_at")
    found = Groups.fetched(columns, keys, ("transaction_id", "customer_id", _INSTANT))
    placed, buyer, at = found.figures
    return found.ordered([at, Numbers(account_id, buyer, Customer).of(buyer), placed], by=3)


def _gathered_baskets(account_id: int, condition: Q, keys: Sequence[str], also: dict[str, Any]) -> Groups:
    lines = lines_of(account_id).filter(condition, is_order=True, product__isnull=False).annotate(**also)
    order = Coalesce("order_row", F("booking__transaction_id"), output_field=BigIntegerField())
    columns = lines.annotate(order_of=order, buyer=Coalesce("booking__customer_id", 0)).values_list(
        *keys, "order_of", "product_id", "buyer"
    )
    found = Groups.fetched(columns, keys, ("order_of", "product_id", "buyer"))
    basket, product, buyer = found.figures
    products, buyers = Numbers(account_id, product, Product), Numbers(account_id, buyer, Customer)
    return found.ordered([basket, products.of(product), buyers.of(buyer)], by=3)


def _gathered_purses(account_id: int, condition: Q, keys: Sequence[str], also: dict[str, Any]) -> Groups:
    rows = Booking.objects.filter(KNOWN & MONEY, condition, account_id=account_id).annotate(**also)
    summed = rows.values(*keys, "customer_id").annotate(net=Sum("amount")).values_list(*keys, "customer_id", "net")
    return Groups.fetched(summed, keys, ("customer_id", "net::bigint")).numbered(account_id, Customer)


def _of(generation: Generation, grain: Grain) -> QuerySet[RollupOrder]:
    return RollupOrder.objects.filter(account_id=generation.account_id, generation=generation, grain=grain)


_SHORT: Final = (By.DAY, By.WEEK)
_ORDERS: Final = _Kind({"placed_at": "<i8", "buyer": "<i4", "placed": "<i8"}, 3, _gathered_orders)
_BASKETS: Final = _Kind({"basket": "<i8", "product": "<i4", "product_buyer": "<i4"}, 3, _gathered_baskets)
_PURSES: Final = _Kind({"owner": "<i4", "net": "<i8"}, 1, _gathered_purses)
_KINDS: Final = (_ORDERS, _BASKETS, _PURSES)
_WIDTH: Final = sum(len(kind.arrays) for kind in _KINDS)
