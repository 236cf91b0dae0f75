"""Customers' lives: what each had brought by an instant, by customer number, from the months and days before it."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Max

from analytics.buyers import TYPES, Ints, gathered
from analytics.models import Generation, RollupCustomer
from analytics.query import Query
from analytics.spans import BEGINNING, Cover, cover, within
from datasources.models import Booking, Customer
from putler.kernel.periods import Interval, midnight

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
    return within_cover(query, generation, cover(_until(instant, generation), generation.zone))


def during(query: Query, generation: Generation, span: Interval) -> Lives:
    """What everybody brought in a span."""
    return within_cover(query, generation, cover(span, generation.zone))


def within_cover(query: Query, generation: Generation, covered: Cover) -> Lives:
    """What everybody brought in what a cover holds."""
    size = (Customer.objects.filter(account=query.account).aggregate(last=Max("number"))["last"] or 0) + 1
    found = Lives(*(np.zeros(size, np.int64) for _ in _NAMES))
    cells = RollupCustomer.objects.filter(
        covered.rollups, query.scope.holds, account=query.account, generation_id=generation.pk
    )
    for number, *columns in cells.values_list("number", *_NAMES).order_by():
        arrays = (np.frombuffer(packed, TYPES[name]) for name, packed in zip(_NAMES, columns, strict=True))
        _add(found, np.frombuffer(number, TYPES["number"]), *arrays)
    bookings = Booking.objects.filter(within(covered.pieces), query.scope.holds)
    for _, piece in gathered(query.account.pk, bookings):
        _add(found, piece.number, *(getattr(piece, name) for name in _NAMES))
    return found


def _until(instant: datetime, generation: Generation) -> Interval:
    return Interval(midnight(BEGINNING, generation.zone), instant)


def _add(found: Lives, number: Ints, orders: Ints, gross: Ints, net: Ints, last_at: Ints) -> None:
    found.orders[number] += orders  # a number stands once in a cell
    found.gross[number] += gross
    found.net[number] += net
    found.last_at[number] = np.maximum(found.last_at[number], last_at)

