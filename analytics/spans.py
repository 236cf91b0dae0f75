"""How a range is covered: by whole local months and days, which are summed beforehand, and by pieces of days."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from analytics.models import Grain
from putler.kernel.periods import Interval, add_months, local_day, midnight

BEGINNING = date(1900, 1, 1)  # before every ledger
_DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class Cover:
    """Runs of rollup rows, (grain, first, last) with both ends included, and the bookings that they leave out."""

    runs: tuple[tuple[Grain, date, date], ...]
    pieces: tuple[Interval, ...]

    @property
    def rollups(self) -> Q:
        """The condition on rollup rows; never true where there are no runs."""
        condition = Q(pk__in=[])
        for grain, first, last in self.runs:
            condition |= Q(grain=grain, on=first) if first == last else Q(grain=grain, on__range=(first, last))
        return condition

    @property
    def rollups_sql(self) -> tuple[str, list[Any]]:
        """The same as SQL and its parameters."""
        runs = ['(grain = %s AND "on" BETWEEN %s AND %s)'] * len(self.runs)
        return " OR ".join(runs) or "FALSE", [part for grain, *days in self.runs for part in (grain.value, *days)]


def cover(interval: Interval, zone: ZoneInfo, *, by_day: bool = False) -> Cover:
    """Cover half-open instants exactly; `by_day`: without months."""
    first, last = local_day(interval.start, zone), local_day(interval.end, zone)
    pieces = []
    if interval.start >= interval.end:
        return Cover((), ())
    if midnight(first, zone) < interval.start:
        first += _DAY
        pieces.append(Interval(interval.start, min(midnight(first, zone), interval.end)))
    if first <= last and midnight(last, zone) < interval.end:
        pieces.append(Interval(midnight(last, zone), interval.end))
    return Cover(tuple(_runs(first, last - _DAY, by_day=by_day)), tuple(pieces))


def before(interval: Interval, zone: ZoneInfo) -> Cover:
    """Cover everything earlier than the interval."""
    return cover(Interval(midnight(BEGINNING, zone), interval.start), zone)


def consecutive(days: Collection[date], zone: ZoneInfo) -> Iterator[Interval]:
    """The instants of some local days, one interval for each run of days."""
    ordered = sorted(days)
    starts = [day for day in ordered if day - _DAY not in days]
    ends = [day for day in ordered if day + _DAY not in days]
    runs = zip(starts, ends, strict=True)
    return (Interval(midnight(first, zone), midnight(last + _DAY, zone)) for first, last in runs)


def within(intervals: Iterable[Interval]) -> Q:
    """The condition on bookings of any of these intervals; never true without any."""
    condition = Q(pk__in=[])
    for interval in intervals:
        condition |= Q(occurred_at__gte=interval.start, occurred_at__lt=interval.end)
    return condition


def _runs(first: date, last: date, *, by_day: bool) -> Iterator[tuple[Grain, date, date]]:
    month = first if first.day == 1 else add_months(first.replace(day=1), 1)  # the first whole month
    after = (last + _DAY).replace(day=1)  # the first month that is not whole
    if by_day or month >= after:
        runs = [(Grain.DAY, first, last)]
    else:
        months = (Grain.MONTH, month, add_months(after, -1))
        runs = [(Grain.DAY, first, month - _DAY), months, (Grain.DAY, after, last)]
    return (run for run in runs if run[1] <= run[2])
