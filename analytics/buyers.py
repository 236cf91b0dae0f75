"""The rollups of customers: bitmaps of who bought, and arrays of what they brought, by customer number."""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Aggregate, Count, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from numpy.typing import NDArray
from pyroaring import BitMap

from analytics.metrics.base import BASE
from analytics.metrics.customers import KNOWN
from analytics.metrics.sales import DISPUTED, ORDERED, REFUNDED, SOLD
from analytics.models import Generation, Grain, RollupCustomer
from analytics.spans import consecutive, within
from datasources.models import Booked, Booking
from putler.kernel.periods import Period

Ints = NDArray[np.int64]
Key = tuple[Any, ...]  # (source id, present, absent), the lists as tuples

# Each array's type on disk. Sums and instants have eight bytes.
TYPES = {"number": "<i4", "orders": "<i4", "units": "<i8", "gross": "<i8", "net": "<i8", "last_at": "<i8"}
MONEY = SOLD | REFUNDED | DISPUTED


@dataclass(frozen=True, slots=True)
class Buyers:
    """One figure a customer, by rising `number`, in the units of `RollupCustomer`; `refunded`: who had a refund."""

    number: Ints
    orders: Ints
    units: Ints
    gross: Ints
    net: Ints
    last_at: Ints
    refunded: BitMap

    @classmethod
    def joined(cls, parts: Sequence["Buyers"]) -> "Buyers":
        """Several parts as one: figures added up, the latest of the last orders."""
        every = np.concatenate([part.number for part in parts])
        seen = np.zeros(every.max(initial=-1) + 1, np.bool_)
        seen[every] = True
        number, place = np.flatnonzero(seen), np.cumsum(seen) - 1
        orders, units, gross, net, last_at = (np.zeros(len(number), np.int64) for _ in range(5))
        for part in parts:
            at = place[part.number]  # each of them once
            orders[at] += part.orders
            units[at] += part.units
            gross[at] += part.gross
            net[at] += part.net
            last_at[at] = np.maximum(last_at[at], part.last_at)
        return cls(number, orders, units, gross, net, last_at, union(part.refunded for part in parts))

    def who(self, condition: NDArray[np.bool_]) -> BitMap:
        """The customers that meet a condition."""
        return bitmap(self.number[condition])

    def stored(self) -> dict[str, bytes]:
        """The columns of a `RollupCustomer`; equal figures give equal bytes."""
        bitmaps = {
            "buyers": self.who(self.orders > 0),
            "buyers_twice": self.who(self.orders > 1),
            "refunded": bitmap(np.array(self.refunded.to_array(), np.int64)),
        }
        arrays = {name: getattr(self, name).astype(kind).tobytes() for name, kind in TYPES.items()}
        return {name: numbers.serialize() for name, numbers in bitmaps.items()} | arrays

    @classmethod
    def read(cls, row: RollupCustomer) -> "Buyers":
        """What `stored` wrote."""
        number, orders, units, gross, net, last_at = (
            np.frombuffer(getattr(row, name), kind).astype(np.int64) for name, kind in TYPES.items()
        )
        return cls(number, orders, units, gross, net, last_at, BitMap.deserialize(bytes(row.refunded)))


def union(bitmaps: Iterable[BitMap]) -> BitMap:
    """All customers of some bitmaps."""
    return reduce(BitMap.__ior__, bitmaps, BitMap())


def bitmap(numbers: Ints) -> BitMap:
    """A set of customer numbers, built so that the same set always has the same bytes."""
    made = BitMap(array("I", numbers.astype(np.uint32).tobytes()))
    made.run_optimize()
    return made


def write_days(generation: Generation, days: Collection[date]) -> None:
    """Gather the customers of some local days anew."""
    rows = Booking.objects.filter(within(consecutive(days, generation.zone)))
    _of(generation, Grain.DAY).filter(on__in=days).delete()
    by_day = rows.annotate(on=TruncDate("occurred_at", tzinfo=generation.zone))
    parts = gathered(generation.account_id, by_day, "on", *_KEY, money=generation.money)
    _insert(generation, Grain.DAY, ((on, key, buyers) for (on, *key), buyers in parts))


def write_month(generation: Generation, month: Period) -> None:
    """Join the day rows of a local month anew."""
    parts: dict[Key, list[Buyers]] = defaultdict(list)
    for row in _of(generation, Grain.DAY).filter(on__range=(month.first, month.last)).order_by("on"):
        parts[row.source_id, _frozen(row.present), _frozen(row.absent)].append(Buyers.read(row))
    _of(generation, Grain.MONTH).filter(on=month.first).delete()
    _insert(generation, Grain.MONTH, ((month.first, key, Buyers.joined(found)) for key, found in parts.items()))


def gathered(
    account_id: int, bookings: QuerySet[Any], *keys: str, money: str = BASE
) -> Iterator[tuple[tuple[Any, ...], Buyers]]:
    """(values of the keys, customers) of some bookings; PostgreSQL packs the arrays, no customer's row comes here.

    `money`: the prefix of the amounts that are summed.
    """
    figures = _figures(f"{money}amount")
    summed = bookings.filter(KNOWN & MONEY, account_id=account_id).values(*keys, "customer_id").annotate(**figures)
    try:
        sql, params = summed.values_list(*keys, "customer_id", *figures).order_by().query.sql_with_params()
    except EmptyResultSet:  # no source in view
        return
    with connection.cursor() as cursor:
        cursor.execute(_packing(sql, keys), params)
        rows = cursor.fetchall()
    if rows:
        numbers = Numbers(account_id, [row[len(keys)] for row in rows])
        yield from ((row[: len(keys)], _unpacked(row[len(keys) :], numbers)) for row in rows)


class Numbers:
    """The numbers of customers, found by id in a query of its own: a join might look for each of them by scanning."""

    def __init__(self, account_id: int, packed: Iterable[bytes]) -> None:
        ids = np.unique(np.concatenate([_big(one) for one in packed])).tolist()
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT coalesce(string_agg(int8send(id), ''::bytea ORDER BY id), ''),
                          coalesce(string_agg(int8send(number), ''::bytea ORDER BY id), '')
                   FROM datasources_customer WHERE account_id = %s AND id = ANY(%s)""",
                [account_id, ids],
            )
            self._ids, self._numbers = map(_big, cursor.fetchone())

    def of(self, ids: Ints) -> Ints:
        """The number of each id."""
        numbers: Ints = self._numbers[np.searchsorted(self._ids, ids)]
        return numbers


def _figures(amount: str) -> dict[str, Aggregate]:
    return {
        "orders": Count("pk", filter=ORDERED),
        "sold": Sum("units", filter=Q(kind=Booked.SALE), default=0),
        "gross": Sum(amount, filter=SOLD, default=0),
        "net": Sum(amount, filter=MONEY, default=0),
        "last_at": Max("occurred_at", filter=ORDERED),
        "refunds": Count("pk", filter=REFUNDED & Q(amount__lt=0)),
    }


_KEY = ("source_id", "present", "absent")
_PACKED = (
    "customer_id",
    "orders",
    "sold",
    "gross::bigint",
    "net::bigint",
    "coalesce(extract(epoch FROM last_at) * 1000000, 0)::bigint",
    "refunds",
)


def _packing(sql: str, keys: Collection[str]) -> str:
    names = [f'"{key}"' for key in keys]
    packed = [f"string_agg(int8send({figure}), ''::bytea ORDER BY customer_id)" for figure in _PACKED]
    grouped = f"GROUP BY {', '.join(names)}" if names else "HAVING count(*) > 0"
    return f"SELECT {', '.join(names + packed)} FROM ({sql}) customers {grouped}"  # noqa: S608


def _unpacked(packed: Sequence[bytes], numbers: Numbers) -> Buyers:
    ids, *figures = (_big(one) for one in packed)
    number = numbers.of(ids)
    order = np.argsort(number)
    number, orders, units, gross, net, last_at, refunds = (each[order] for each in (number, *figures))
    return Buyers(number, orders, units, gross, net, last_at, bitmap(number[refunds > 0]))


def _big(packed: bytes) -> Ints:
    return np.frombuffer(packed, ">i8").astype(np.int64)


def _insert(generation: Generation, grain: Grain, parts: Iterable[tuple[date, Sequence[Any], Buyers]]) -> None:
    rows = (
        RollupCustomer(
            account_id=generation.account_id,
            generation=generation,
            grain=grain,
            on=on,
            source_id=source_id,
            present=_thawed(present),
            absent=_thawed(absent),
            **buyers.stored(),
        )
        for on, (source_id, present, absent), buyers in parts
    )
    RollupCustomer.objects.bulk_create(rows, batch_size=500)


def _of(generation: Generation, grain: Grain) -> QuerySet[RollupCustomer]:
    return RollupCustomer.objects.filter(account_id=generation.account_id, generation=generation, grain=grain)


def _frozen(ids: list[int] | None) -> tuple[int, ...] | None:
    return None if ids is None else tuple(ids)


def _thawed(ids: Iterable[int] | None) -> list[int] | None:
    return None if ids is None else list(ids)
