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
from django.db.models import Aggregate, Count, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from numpy.typing import NDArray
from pyroaring import BitMap

from analytics.metrics.base import BASE
from analytics.metrics.customers import KNOWN
from analytics.metrics.sales import DISPUTED, ORDERED, REFUNDED, SOLD
from analytics.models import Generation, Grain, RollupCustomer
from analytics.packing import Groups, Ints, places, sums
from analytics.spans import consecutive, within
from analytics.storing import Select, insert
from datasources.models import Booked, Booking, Customer

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
        number, at = places(every)
        orders, units, gross, net = (sums(one, at, len(number)) for one in figures[:-1])
        last_at = np.zeros(len(number), np.int64)
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
    def read(cls, columns: Sequence[bytes]) -> "Buyers":
        """What `stored` wrote: the columns of TYPES, in their order, and `refunded`."""
        *arrays, refunded = columns
        number, orders, units, gross, net, last_at = (
            np.frombuffer(each, kind).astype(np.int64) for each, kind in zip(arrays, TYPES.values(), strict=True)
        )
        return cls(number, orders, units, gross, net, last_at, BitMap.deserialize(refunded))


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
    of_days = _of(generation, Grain.DAY).filter(on__range=(first, last)).order_by("on")
    for on, source_id, present, absent, *columns in Select.of(of_days.values_list("on", *_KEY, *_STORED)).each():
        key = source_id, _frozen(present), _frozen(absent)
        parts[on.replace(day=1), key].append(Buyers.read(columns))
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
    for key, (number, orders, units, gross, net, last_at, refunds) in _grouped(account_id, bookings, keys, money):
        yield key, Buyers(number, orders, units, gross, net, last_at, bitmap(number[refunds > 0]))


def _grouped(account_id: int, bookings: QuerySet[Any], keys: Sequence[str], money: str) -> Groups:
    """The figures by customer number, grouped by the values of the keys."""
    figures = _figures(f"{money}amount")
    summed = bookings.filter(KNOWN & MONEY, account_id=account_id).values(*keys, "customer_id").annotate(**figures)
    rows = summed.values_list(*keys, "customer_id", *figures)
    return Groups.fetched(rows, keys, _PACKED).numbered(account_id, Customer)


def _stored(account_id: int, bookings: QuerySet[Any], *keys: str, money: str) -> Iterator[tuple[Any, ...]]:
    """The values of the keys and the columns of a `RollupCustomer`, as `Buyers.stored` makes them, but of all groups
    at once: there are many small ones."""
    found = _grouped(account_id, bookings, keys, money)
    *figures, refunds = found.figures
    number, orders = figures[:2]
    bitmaps = [_bitmaps(number, mask, found.bounds) for mask in (orders > 0, orders > 1, refunds > 0)]
    arrays = [found.sliced(figure.astype(kind)) for figure, kind in zip(figures, TYPES.values(), strict=True)]
    for key, *columns in zip(found.keys, *bitmaps, *arrays, strict=True):
        yield (*key, *columns)


def _bitmaps(number: Ints, mask: NDArray[np.bool_], bounds: Ints) -> Iterator[bytes]:
    """Of every group those whom the mask leaves, as sets."""
    chosen, ends = number[mask], np.concatenate([[0], np.cumsum(mask)])[bounds].tolist()
    return (bitmap(chosen[start:end]).serialize() for start, end in pairwise(ends))


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
_STORED = (*TYPES, "refunded")
_PACKED = (
    "customer_id",
    "orders",
    "sold",
    "gross::bigint",
    "net::bigint",
    "coalesce(extract(epoch FROM last_at) * 1000000, 0)::bigint",
    "refunds",
)


def _of(generation: Generation, grain: Grain) -> QuerySet[RollupCustomer]:
    return RollupCustomer.objects.filter(account_id=generation.account_id, generation=generation, grain=grain)


def _frozen(ids: list[int] | None) -> tuple[int, ...] | None:
    return None if ids is None else tuple(ids)


def _thawed(ids: Iterable[int] | None) -> list[int] | None:
    return None if ids is None else list(ids)
