"""How long customers take to come back: the times between their orders. Source: docs/metrics.md, “Customers”."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics import lives, orders
from analytics.models import Generation
from analytics.packing import Ints
from analytics.query import Query
from analytics.report import Figure
from putler.kernel.periods import Interval, microseconds

SLUGS: Final = frozenset({"days_between_orders", "mean_days_between_orders", "days_to_second_order"})
_DAY = Decimal(86_400_000_000)
_PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Gaps:
    """Times from an order to its customer's next, in microseconds, by rising instant `at` of the next one."""

    at: Ints
    length: Ints
    is_first: NDArray[np.bool_]  # whether it led to the customer's second order

    def figures(self, span: Interval) -> dict[str, Figure]:
        """The metrics of the gaps that end in a span; None where none does."""
        first, end = np.searchsorted(self.at, [microseconds(span.start), microseconds(span.end)])
        every = self.length[first:end]
        to_second = every[self.is_first[first:end]]
        return {
            "days_between_orders": _days(_twice_median(every), 2),
            "mean_days_between_orders": _days(int(every.sum()), len(every)),
            "days_to_second_order": _days(_twice_median(to_second), 2),
        }


def read(query: Query, generation: Generation, span: Interval) -> Gaps:
    """The gaps that end in a span, in the query's scope: as if no other source existed."""
    found = orders.orders(query, generation, span)
    past = lives.before(query, generation, span.start)
    in_time = np.argsort(found.placed_at, kind="stable")  # the instants of each month rise already
    instants = found.placed_at[in_time]
    # By customer, then time: sorted as one number each, which takes a third of the time of sorting by two.
    many = max(len(instants), 1)
    number, place = np.divmod(np.sort(found.buyer[in_time] * many + np.arange(len(instants))), many)
    at = instants[place]
    is_same = np.zeros(len(number), np.bool_)
    is_same[1:] = number[1:] == number[:-1]
    start = np.maximum.accumulate(np.where(is_same, 0, np.arange(len(number))))  # of each customer's orders
    nth = past.orders[number] + np.arange(len(number)) - start
    earlier = np.where(is_same, np.concatenate([at[:1], at[:-1]]), past.last_at[number])
    ends = np.empty(len(number), np.int64)
    ends[place] = np.arange(len(number))  # by time again
    ends = ends[nth[ends] > 0]
    return Gaps(at[ends], at[ends] - earlier[ends], nth[ends] == 1)


def _twice_median(lengths: Ints) -> int | None:
    """Twice, so that it is whole."""
    if not len(lengths):
        return None
    middle = len(lengths) // 2
    ordered = np.partition(lengths, [middle - 1, middle] if len(lengths) > 1 else [0])
    return int(ordered[middle] * 2 if len(lengths) % 2 else ordered[middle - 1] + ordered[middle])


def _days(total: int | None, parts: int) -> Decimal | None:
    """Whole microseconds ÷ parts in days, an exact half to the even side."""
    if total is None or not parts:
        return None
    return (total / (_DAY * parts)).quantize(_PLACES, ROUND_HALF_EVEN)
