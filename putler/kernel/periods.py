"""Periods: runs of local days, the UTC instants that bound them, and the period that each is compared with.

Source: docs/metrics.md, rules E4 and E14.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """What a period is, which decides what came before it."""

    DAYS = "days"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Interval(NamedTuple):
    """Half-open UTC instants."""

    start: datetime
    end: datetime


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which a local day begins, also on days whose midnight a clock change skips."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The local day that an aware instant falls on."""
    return instant.astimezone(zone).date()


def microseconds(instant: datetime) -> int:
    """An instant as whole microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant_of(since: int) -> datetime:
    """The instant that is so many microseconds after 1970 began."""
    return _EPOCH + timedelta(microseconds=since)


def add_months(day: date, months: int) -> date:
    """The same day some months later, or that month's last: 31 January plus 1 is 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days, both ends included."""

    first: date
    last: date
    zone: ZoneInfo
    kind: Kind = Kind.DAYS

    @property
    def start(self) -> datetime:
        """The first UTC instant inside."""
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first UTC instant after it."""
        return midnight(self.last + timedelta(1), self.zone)

    @property
    def interval(self) -> Interval:
        """The half-open UTC instants."""
        return Interval(self.start, self.end)

    @property
    def day_count(self) -> int:
        """How many local days it has."""
        return (self.last - self.first).days + 1

    def days(self) -> Iterator[date]:
        """Its local days, oldest first."""
        return (self.first + timedelta(n) for n in range(self.day_count))

    def previous(self) -> "Period":
        """The period of the same kind before it; for plain days the same number of days (E14)."""
        match self.kind:
            case Kind.MONTH:
                first = add_months(self.first, -1)
            case Kind.QUARTER:
                first = add_months(self.first, -3)
            case Kind.YEAR:
                first = add_months(self.first, -12)
            case _:
                first = self.first - timedelta(self.day_count)
        return replace(self, first=first, last=self.first - timedelta(1))

    def year_before(self) -> "Period":
        """The same days of the year before; 29 February becomes 28 February."""
        first, last = add_months(self.first, -12), add_months(self.last, -12)
        if self.kind is Kind.MONTH:  # February 2025 whole beside February 2024 whole
            last = date(last.year, last.month, calendar.monthrange(last.year, last.month)[1])
        return replace(self, first=first, last=last)

    def elapsed_like(self, current: "Period", *, now: datetime) -> Interval:
        """As much of this period as has elapsed of the current one by the wall clock, at most all of it (E14)."""
        if now >= current.end:
            return self.interval
        wall_clock = now.astimezone(self.zone).replace(tzinfo=None) - datetime.combine(current.first, time())
        stop = datetime.combine(self.first, time()) + max(wall_clock, timedelta(0))
        return Interval(self.start, min(stop.replace(tzinfo=self.zone).astimezone(UTC), self.end))


def month_of(day: date, zone: ZoneInfo) -> Period:
    """The calendar month that holds the day."""
    first = day.replace(day=1)
    return Period(first, add_months(first, 1) - timedelta(1), zone, Kind.MONTH)


def quarter_of(day: date, zone: ZoneInfo) -> Period:
    """The calendar quarter that holds the day."""
    first = date(day.year, day.month - (day.month - 1) % 3, 1)
    return Period(first, add_months(first, 3) - timedelta(1), zone, Kind.QUARTER)


def year_of(day: date, zone: ZoneInfo) -> Period:
    """The calendar year that holds the day."""
    return Period(date(day.year, 1, 1), date(day.year, 12, 31), zone, Kind.YEAR)


def week_of(day: date, zone: ZoneInfo, *, starts_on: int = 1) -> Period:
    """The week that holds the day; it starts on Monday (1) or on another ISO weekday."""
    first = day - timedelta((day.isoweekday() - starts_on) % 7)
    return Period(first, first + timedelta(6), zone, Kind.WEEK)


def fiscal_year_of(day: date, zone: ZoneInfo, *, starts_in: int = 1) -> Period:
    """The twelve months that hold the day, from a month's first on."""
    first = date(day.year - (day.month < starts_in), starts_in, 1)
    return Period(first, add_months(first, 12) - timedelta(1), zone, Kind.YEAR)


def last_days(count: int, *, today: date, zone: ZoneInfo) -> Period:
    """The last `count` local days, today included."""
    return Period(today - timedelta(count - 1), today, zone)
