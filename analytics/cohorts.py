"""Customers by the month of their first order, and what became of them. Source: docs/metrics.md, “Cohorts”."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

import numpy as np

from analytics import engine, lives
from analytics.lives import Cell
from analytics.packing import Ints, places
from analytics.query import Query
from analytics.spans import cover
from putler.kernel.money import Money, decimals, round_half_up
from putler.kernel.periods import add_months, local_day, midnight
from putler.tenancy import tenant

NOBODY = -1
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cohort:
    """The customers whose first order is in a local month.

    `active`, `orders`, `net_sales`: of each month since then, the first included, up to the range's end; what lies
    ahead is not there. `net_sales`: of the month alone, in the base currency.
    """

    month: date
    size: int
    active: Sequence[int]
    orders: Sequence[int]
    net_sales: Sequence[Decimal]
    places: int = 2  # decimals of the currency

    @property
    def retention(self) -> list[Decimal]:
        """The share of the cohort that ordered in each month, with four decimals."""
        return [round_half_up(Decimal(active) / self.size, 4) for active in self.active]

    @property
    def net_per_customer(self) -> list[Decimal]:
        """What one customer brought up to the end of each month, on average."""
        so_far = np.cumsum(np.array(self.net_sales, dtype=object))
        return [round_half_up(Decimal(total) / self.size, self.places) for total in so_far]


@dataclass(frozen=True, slots=True)
class Cohorts:
    """The cohorts of the months that a range touches, oldest first, empty ones left out.

    `running`: the month that is not over by the range's end or by now; its column is not final.
    """

    currency: str
    months: tuple[date, ...]
    rows: tuple[Cohort, ...]
    running: date | None


def cohorts(query: Query) -> Cohorts:
    """The cohorts of the query's range; sees nothing after its end (E16)."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        zone, span = generation.zone, query.in_zone(generation.zone).span
        first, last = (local_day(each, zone).replace(day=1) for each in (span.start, span.end - _INSTANT))
        found = _Table(lives.size(query))
        covered = cover(lives.until(span.end, generation), zone)
        for month, cells in groupby(lives.cells(query, generation, covered, "orders", "net"), key=_month):
            found.add(month, list(cells))
    is_over = midnight(add_months(last, 1), zone) <= min(span.end, query.now)
    months = list(_months(first, last))
    rows = (found.row(month, list(_months(month, last)), generation.base_currency) for month in months)
    return Cohorts(generation.base_currency, tuple(months), tuple(filter(None, rows)), None if is_over else last)


class _Table:
    """Figures by (cohort, month), filled month by month from the first."""

    def __init__(self, size: int) -> None:
        self._cohort = np.full(size, NOBODY)  # the place in `_months` of each customer's first month
        self._months: list[date] = []
        self._found: dict[tuple[date, date], tuple[int, int, int]] = {}

    def add(self, month: date, cells: Sequence[Cell]) -> None:
        """Take in the next month."""
        number, orders, net = (
            np.concatenate(parts).astype(np.int64)
            for parts in zip(*((n, *figures) for _, n, figures in cells), strict=True)
        )
        buyers = places(number[orders > 0])[0]
        self._cohort[buyers[self._cohort[buyers] == NOBODY]] = len(self._months)
        self._months.append(month)
        active = self._summed(buyers, np.ones(len(buyers), np.int64))
        sums = zip(self._months, active, self._summed(number, orders), self._summed(number, net), strict=True)
        for cohort, bought, ordered, brought in sums:
            self._found[cohort, month] = bought, ordered, brought

    def row(self, cohort: date, months: Sequence[date], currency: str) -> Cohort | None:
        """A cohort over these months, its own first; None where it is empty."""
        figures = [self._found.get((cohort, month), (0, 0, 0)) for month in months]
        active, orders, net = zip(*figures, strict=True)
        money = [Money.from_minor(minor, currency).amount for minor in net]
        return Cohort(cohort, active[0], active, orders, money, decimals(currency)) if active[0] else None

    def _summed(self, number: Ints, values: Ints) -> list[int]:
        sums = np.zeros(len(self._months) + 1, np.int64)  # the last is for those who never bought: NOBODY
        np.add.at(sums, self._cohort[number], values)
        found: list[int] = sums[:NOBODY].tolist()
        return found


def _month(cell: Cell) -> date:
    return cell[0].replace(day=1)


def _months(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first = add_months(first, 1)
