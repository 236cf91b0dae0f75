"""Customers' lives: what each had brought by an instant, by customer number, from the months and days before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from heapq import merge
from operator import itemgetter

import numpy as np
from django.db.models import Max

from analytics.buyers import TYPES, gathered
from analytics.models import Generation, RollupCustomer
from analytics.packing import Ints
from analytics.query import Query
from analytics.spans import BEGINNING, Cover, cover, within
from analytics.storing import stored
from datasources.models import Booking, Customer
from putler.kernel.periods import Interval, local_day, midnight

Cell = tuple[date, Ints, tuple[Ints, ...]]  # first day, customer numbers, their figures
_NAMES = ("orders", "gross", "net", "last_at")


@dataclass(frozen=True, slots=True)
class Lives:
    """Figures by customer number, in the units of `RollupCustomer`; 0 for who is unknown. Index 0 is nobody."""

    orders: Ints
    gross: Ints
    net: Ints
    last_at: Ints

    @property
    def bought(self) -> Ints:
        """The numbers of those with an order, rising."""
        return np.flatnonzero(self.orders)


def before(query: Query, generation: Generation, instant: datetime) -> Lives:
    """Everybody up to an instant, in the query's scope."""
    return during(query, generation, until(instant, generation))


def during(query: Query, generation: Generation, span: Interval) -> Lives:
    """What everybody brought in a span, in the query's scope."""
    everybody = size(query)
    found = Lives(*(np.zeros(everybody, np.int64) for _ in _NAMES))
    for _, number, (orders, gross, net, last_at) in cells(query, generation, cover(span, generation.zone), *_NAMES):
        found.orders[number] += orders  # a number stands once in a cell
        found.gross[number] += gross
        found.net[number] += net
        found.last_at[number] = np.maximum(found.last_at[number], last_at)
    return found


def cells(query: Query, generation: Generation, covered: Cover, *names: str) -> Iterator[Cell]:
    """Each month, day and piece of a day in the query's scope, oldest first; several of one where several sold."""
    kept = stored(RollupCustomer, ("on", "number", *names), generation, covered, query.scope)
    rows = kept._replace(sql=f'{kept.sql} ORDER BY "on"').each() if covered.runs else ()
    found = ((on, _array("number", number), tuple(map(_array, names, columns))) for on, number, *columns in rows)
    return merge(found, _pieces(query, generation, covered, names), key=itemgetter(0))


def size(query: Query) -> int:
    """One more than the highest customer number."""
    return (Customer.objects.filter(account=query.account).aggregate(last=Max("number"))["last"] or 0) + 1


def until(instant: datetime, generation: Generation) -> Interval:
    """All time before an instant."""
    return Interval(midnight(BEGINNING, generation.zone), instant)


def _array(name: str, packed: bytes) -> Ints:
    return np.frombuffer(packed, TYPES[name])


def _pieces(query: Query, generation: Generation, covered: Cover, names: tuple[str, ...]) -> Iterator[Cell]:
    for piece in covered.pieces:
        bookings = Booking.objects.filter(within([piece]), query.scope.holds)
        for _, found in gathered(query.account.pk, bookings):
            yield local_day(piece.start, generation.zone), found.number, tuple(getattr(found, name) for name in names)
