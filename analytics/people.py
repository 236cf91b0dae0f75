"""Reading customers: exact distinct counts of any range, from the bitmaps of its months, days and pieces of days."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np
from pyroaring import BitMap

from analytics.buyers import Buyers, Ints, gathered, union
from analytics.models import Generation, RollupCustomer
from analytics.query import By, Query
from analytics.spans import Cover, within
from datasources.models import Booking
from putler.kernel.money import decimals
from putler.kernel.periods import local_day

LIFETIME = frozenset({"lifetime_customers", "repeat_customers", "lifetime_net_sales"})


@dataclass(frozen=True, slots=True)
class Piece:
    """Who bought in one month, day or piece of a day, in one source under one condition."""

    on: date
    source_id: int
    buyers: BitMap
    buyers_twice: BitMap
    refunded: BitMap
    net: tuple[Ints, Ints] | None = None  # (numbers, minor units)


@dataclass(slots=True)
class Lifetime:
    """All customers so far: those with an order, those with two, and the net sales of everyone by number."""

    once: BitMap = field(default_factory=BitMap)
    twice: BitMap = field(default_factory=BitMap)
    net: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def add(self, pieces: Sequence[Piece]) -> None:
        """Move on in time."""
        for piece in pieces:
            self.twice |= (self.once & piece.buyers) | piece.buyers_twice
            self.once |= piece.buyers
            if piece.net and len(piece.net[0]):
                numbers, net = piece.net
                if numbers[-1] >= len(self.net):
                    self.net = np.concatenate([self.net, np.zeros(2 * int(numbers[-1]) + 1 - len(self.net), np.int64)])
                self.net[numbers] += net

    def figures(self, currency: str) -> dict[str, Decimal | int]:
        """The figures of `LIFETIME`."""
        bought = np.array(self.once.to_array(), np.int64)
        net = int(self.net[bought].sum()) if len(self.net) else 0
        return {
            "lifetime_customers": len(self.once),
            "repeat_customers": len(self.twice),
            "lifetime_net_sales": Decimal(net).scaleb(-decimals(currency)),
        }


def read(query: Query, generation: Generation, covered: Cover, *, with_net: bool = False) -> Iterator[Piece]:
    """The pieces of a range in the query's scope."""
    columns = ["on", "source_id", "buyers", "buyers_twice", "refunded"] + ["number", "net"] * with_net
    cells = RollupCustomer.objects.filter(
        covered.rollups, query.scope.holds, account_id=generation.account_id, generation=generation
    )
    for on, source_id, *packed in cells.order_by("on").values_list(*columns) if covered.runs else ():
        bitmaps = (BitMap.deserialize(bytes(each)) for each in packed[:3])
        net = (np.frombuffer(packed[3], "<i4"), np.frombuffer(packed[4], "<i8")) if with_net else None
        yield Piece(on, source_id, *bitmaps, net=net)  # type: ignore[misc]
    for piece in covered.pieces:
        bookings = Booking.objects.filter(within([piece]), query.scope.holds, account_id=generation.account_id)
        for (source_id,), found in gathered(bookings, "source_id"):
            yield _piece(local_day(piece.start, generation.zone), source_id, found)


def counted(pieces: Sequence[Piece]) -> dict[str, int]:
    """How many bought, and how many were given money back."""
    return {
        "paying_customers": len(union(piece.buyers for piece in pieces)),
        "refunded_customers": len(union(piece.refunded for piece in pieces)),
    }


def grouped(pieces: Sequence[Piece], by: By) -> dict[date | int, list[Piece]]:
    """The pieces by first day of the month, by day or by source id."""
    groups: dict[date | int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        match by:
            case By.MONTH:
                groups[piece.on.replace(day=1)].append(piece)
            case By.DAY:
                groups[piece.on].append(piece)
            case _:
                groups[piece.source_id].append(piece)
    return groups


def _piece(on: date, source_id: int, found: Buyers) -> Piece:
    return Piece(
        on, source_id, found.who(found.orders > 0), found.who(found.orders > 1), found.who(found.refunds > 0),
        (found.number, found.net),
    )  # fmt: skip
