"""Customers of whose money nothing is left. Source: docs/metrics.md, “Customers”."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from pyroaring import BitMap

from analytics import lives, orders
from analytics.buyers import bitmap
from analytics.models import Generation
from analytics.packing import Ints
from analytics.query import Query
from putler.kernel.periods import microseconds

SLUG: Final = "lost_customers"


@dataclass(frozen=True, slots=True)
class Losses:
    """What customers brought day by day, or month by month, one array of numbers, money and first instants a currency.

    Only of those from whom a day or month took at least what it brought: nobody else can be lost at the end of one.
    """

    purses: list[tuple[Ints, Ints, Ints]]  # (instant, customer number, minor units)
    size: int  # one more than the highest number

    def among(self, buyers: BitMap, end: datetime) -> int:
        """How many of these had nothing left in any currency at the end of a day or month, exchange rates aside."""
        seen, has_left = np.zeros(self.size, np.bool_), np.zeros(self.size, np.bool_)
        for at, owner, net in self.purses:
            is_past = at < microseconds(end)
            left = np.zeros(self.size, np.int64)
            np.add.at(left, owner[is_past], net[is_past])
            seen[owner[is_past]] = True
            has_left |= left > 0
        return len(buyers & bitmap(np.flatnonzero(seen & ~has_left)))


def read(query: Query, generation: Generation, end: datetime) -> Losses:
    """The movements before an instant, in the query's scope."""
    found = [(at, *purses) for at, purses in orders.purses(query, generation, lives.until(end, generation))]
    size = max((int(owner.max(initial=0)) for _, owner, _ in found), default=0) + 1
    can_be_lost = np.zeros(size, np.bool_)
    for _, owner, net in found:
        can_be_lost[owner[net <= 0]] = True
    chosen = [(each, can_be_lost[each[1]]) for each in found]
    return Losses([(at[mask], owner[mask], net[mask]) for (at, owner, net), mask in chosen], size)
