"""Reading customers: exact distinct counts of any range, from the bitmaps of its months, days and pieces of days."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from operator import itemgetter

import numpy as np
from pyroaring import BitMap

from analytics.buyers import Buyers, gathered
from analytics.models import Generation, RollupCustomer
from analytics.packing import Ints
from analytics.query import By, Query
from analytics.spans import Cover, within
from analytics.storing import stored
from analytics.sums import Key
from datasources.models import Booking
from putler.kernel.money import decimals
from putler.kernel.periods import local_day


@dataclass(frozen=True, slots=True)
class Piece:
    """Who bought in one month, day or piece of a day, in one source under one condition."""

    on: date
    source_id: int
    buyers: BitMap
    buyers_twice: BitMap = field(default_factory=BitMap)
    refunded: BitMap = field(default_factory=BitMap)
    net: tuple[Ints, Ints] | None = None  # (numbers, minor units)


@dataclass(slots=True)
class History:
    """Customers up to an instant: those with an order, those with two, and everyone's net sales by number."""

    once: BitMap = field(default_factory=BitMap)
    twice: BitMap = field(default_factory=BitMap)
    net: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def add(self, pieces: Iterable[Piece]) -> "History":
        """Move on in time."""
        for piece in pieces:
            self.twice |= (self.once & piece.buyers) | piece.buyers_twice
            self.once |= piece.buyers
            if piece.net and len(piece.net[0]):
                self._add_net(*piece.net)
        return self

    def figures(self, currency: str) -> dict[str, Decimal | int]:
        """The metrics that look at whole lives."""
        bought = np.array(self.once.to_array(), np.int64)
        net = int(self.net[bought].sum()) if len(self.net) else 0
        return {
            "lifetime_customers": len(self.once),
            "repeat_customers": len(self.twice),
            "lifetime_net_sales": Decimal(net).scaleb(-decimals(currency)),
        }

    def _add_net(self, numbers: Ints, net: Ints) -> None:
        missing = int(numbers[-1]) + 1 - len(self.net)
        if missing > 0:
            self.net = np.concatenate([self.net, np.zeros(missing + len(self.net), np.int64)])
        self.net[numbers] += net  # a number stands once in a piece


def read(query: Query, generation: Generation, covered: Cover, *, also: frozenset[str]) -> Iterator[Piece]:
    """The pieces of a range in the query's scope; `also`: which of their fields beside `buyers` are wanted."""
    names = [name for name in ("buyers_twice", "refunded") if name in also]
    columns = ["on", "source_id", "buyers", *names, *(["number", "net"] if "net" in also else [])]
    cells = stored(RollupCustomer, columns, generation, covered, query.scope).rows() if covered.runs else []
    for on, source_id, buyers, *more in sorted(cells, key=itemgetter(0)):
        sets = dict(zip(names, map(_bitmap, more), strict=False))
        net = (np.frombuffer(more[-2], "<i4"), np.frombuffer(more[-1], "<i8")) if "net" in also else None
        yield Piece(on, source_id, _bitmap(buyers), **sets, net=net)
    for piece in covered.pieces:
        bookings = Booking.objects.filter(within([piece]), query.scope.holds)
        for (source_id,), found in gathered(query.account.pk, bookings, "source_id"):
            yield _piece(local_day(piece.start, generation.zone), source_id, found)


def grouped(pieces: Sequence[Piece], by: By, *, week_start: int = 1) -> dict[Key, list[Piece]]:
    """The pieces by first day of the month or week, by day or by source id; empty for other cuts."""
    groups: dict[Key, list[Piece]] = defaultdict(list)
    for piece in pieces:
        match by:
            case By.MONTH:
                groups[piece.on.replace(day=1)].append(piece)
            case By.WEEK:
                groups[piece.on - timedelta((piece.on.isoweekday() - week_start) % 7)].append(piece)
            case By.DAY:
                groups[piece.on].append(piece)
            case By.SOURCE:
                groups[piece.source_id].append(piece)
    return groups


def _bitmap(packed: bytes) -> BitMap:
    return BitMap.deserialize(bytes(packed))


def _piece(on: date, source_id: int, found: Buyers) -> Piece:
    once, twice = found.who(found.orders > 0), found.who(found.orders > 1)
    return Piece(on, source_id, once, twice, found.refunded, (found.number, found.net))
