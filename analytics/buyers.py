"""The rollups of customers: bitmaps of who bought, and arrays of what they brought, by customer number."""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import pairwise
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
from analytics.storing import insert
from datasources.models import Booked, Booking

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
        flat = (np.concatenate([getattr(part, name) for part in parts]) for name in TYPES)
        return cls._summed(*flat, refunded=union(part.refunded for part in parts))

    @classmethod
    def read_joined(cls, rows: Sequence[Sequence[bytes]]) -> "Buyers":
        """Several stored rows as one, `refunded` left out: the columns of TYPES, in their order."""
        packed = zip(*rows, strict=True) if rows else ((),) * len(TYPES)
        flat = (
            np.frombuffer(b"".join(column), kind).astype(np.int64)
            for column, kind in zip(packed, TYPES.values(), strict=True)
        )
        return cls._summed(*flat, refunded=BitMap())

    @classmethod
    def _summed(cls, every: Ints, *figures: Ints, refunded: BitMap) -> "Buyers":
        """One figure a customer, of flat arrays in which a number may stand several times."""
        seen = np.zeros(every.max(initial=-1) + 1, np.bool_)
        seen[every] = True
        number, place = np.flatnonzero(seen), np.cumsum(seen) - 1
        at = place[every]
        orders, units, gross, net, last_at = totals = [np.zeros(len(number), np.int64) for _ in figures]
        for total, one in zip(totals[:-1], figures[:-1], strict=True):
            np.add.at(total, at, one)
        np.maximum.at(last_at, at, figures[-1])
        return cls(number, orders, units, gross, net, last_at, refunded)

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
    money = generation.money
    insert(RollupCustomer, generation, Grain.DAY, _stored(generation.account_id, by_day, "on", *_KEY, money=money))


def write_months(generation: Generation, first: date, last: date) -> None:
    """Join the day rows of local months anew, from the first day of one to the last of another."""
    parts: dict[tuple[date, Key], list[Buyers]] = defaultdict(list)
    of_days = _of(generation, Grain.DAY).filter(on__range=(first, last)).only("on", *_KEY, *TYPES, "refunded")
    for row in of_days.order_by("on").iterator():
        key = row.source_id, _frozen(row.present), _frozen(row.absent)
        parts[row.on.replace(day=1), key].append(Buyers.read(row))
    _of(generation, Grain.MONTH).filter(on__range=(first, last)).delete()
    joined = ((on, key, Buyers.joined(found).stored()) for (on, key), found in parts.items())
    rows = (
        (on, source, _thawed(present), _thawed(absent), *columns.values())
        for on, (source, present, absent), columns in joined
    )
    insert(RollupCustomer, generation, Grain.MONTH, rows)


def gathered(
    account_id: int, bookings: QuerySet[Any], *keys: str, money: str = BASE
) -> Iterator[tuple[tuple[Any, ...], Buyers]]:
    """(values of the keys, customers) of some bookings; PostgreSQL packs the arrays, no customer's row comes here.

    `money`: the prefix of the amounts that are summed.
    """
    rows, width = _packed(account_id, bookings, keys, money), len(keys)
    if rows:
        numbers = Numbers(account_id, [row[width] for row in rows])
        yield from ((row[:width], _unpacked(row[width:], numbers)) for row in rows)


def _packed(account_id: int, bookings: QuerySet[Any], keys: Sequence[str], money: str) -> list[tuple[Any, ...]]:
    """The values of the keys and the packed figures, as PostgreSQL sends them."""
    figures = _figures(f"{money}amount")
    summed = bookings.filter(KNOWN & MONEY, account_id=account_id).values(*keys, "customer_id").annotate(**figures)
    try:
        sql, params = summed.values_list(*keys, "customer_id", *figures).order_by().query.sql_with_params()
    except EmptyResultSet:  # no source in view
        return []
    with connection.cursor() as cursor:
        cursor.execute(_packing(sql, keys), params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _stored(account_id: int, bookings: QuerySet[Any], *keys: str, money: str) -> Iterator[tuple[Any, ...]]:
    """The values of the keys and the columns of a `RollupCustomer`, as `Buyers.stored` makes them, but of all groups
    at once: there are many small ones."""
    rows, width = _packed(account_id, bookings, keys, money), len(keys)
    if not rows:
        return
    packed = [b"".join(row[width + place] for row in rows) for place in range(len(_PACKED))]
    number = Numbers(account_id, packed[:1]).of(_big(packed[0]))
    sizes = [len(row[width]) // 8 for row in rows]
    order = np.lexsort((number, np.repeat(np.arange(len(rows)), sizes)))
    figures = dict(zip(TYPES, (each[order] for each in (number, *map(_big, packed[1:-1]))), strict=True))
    refunds, bounds = _big(packed[-1])[order], np.concatenate([[0], np.cumsum(sizes)])
    masks = (figures["orders"] > 0, figures["orders"] > 1, refunds > 0)
    bitmaps = [_bitmaps(figures["number"], mask, bounds) for mask in masks]
    arrays = [_slices(figures[name].astype(kind), bounds) for name, kind in TYPES.items()]
    for row, *columns in zip(rows, *bitmaps, *arrays, strict=True):
        yield (*row[:width], *columns)


def _bitmaps(number: Ints, mask: NDArray[np.bool_], bounds: Ints) -> Iterator[bytes]:
    """Of every group those whom the mask leaves, as sets."""
    chosen, ends = number[mask], np.concatenate([[0], np.cumsum(mask)])[bounds].tolist()
    return (bitmap(chosen[start:end]).serialize() for start, end in pairwise(ends))


def _slices(values: NDArray[Any], bounds: Ints) -> Iterator[bytes]:
    """The bytes of every group."""
    whole, width = values.tobytes(), values.itemsize
    return (whole[start * width : end * width] for start, end in pairwise(bounds.tolist()))


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


def _of(generation: Generation, grain: Grain) -> QuerySet[RollupCustomer]:
    return RollupCustomer.objects.filter(account_id=generation.account_id, generation=generation, grain=grain)


def _frozen(ids: list[int] | None) -> tuple[int, ...] | None:
    return None if ids is None else tuple(ids)


def _thawed(ids: Iterable[int] | None) -> list[int] | None:
    return None if ids is None else list(ids)
