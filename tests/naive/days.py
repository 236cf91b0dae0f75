"""E4: local days, months and ranges as half-open spans of UTC instants."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Range:
    """Local days of a zone, first and last included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The UTC instant it begins."""
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The UTC instant it is over, no longer part of it."""
        return midnight(self.last + ONE_DAY, self.zone)

    def days(self) -> Iterator["Range"]:
        """Each local day of it."""
        for offset in range((self.last - self.first).days + 1):
            day = self.first + timedelta(days=offset)
            yield Range(day, day, self.zone)

    def months(self) -> Iterator["Range"]:
        """Each local month of it, the first and last cut to its bounds."""
        first = self.first
        while first <= self.last:
            last = min(month_end(first), self.last)
            yield Range(first, last, self.zone)
            first = last + ONE_DAY

    def days_until(self, now: datetime) -> int:
        """How many of its local days have begun by `now`."""
        today = now.astimezone(self.zone).date()
        return max(0, (min(self.last, today) - self.first).days + 1)

    def seconds_until(self, now: datetime) -> int:
        """How many of its seconds have passed by `now`."""
        return max(0, int((min(self.end, now) - self.start).total_seconds()))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which the local day begins."""
    return at_wall_clock(datetime.combine(day, time()), zone)


def at_wall_clock(clock: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant at which the zone's clocks show `clock` (naive), for the first time where they do so twice."""
    return clock.replace(tzinfo=zone).astimezone(UTC)


def wall_clock(instant: datetime, zone: ZoneInfo) -> datetime:
    """What the zone's clocks show at the instant: a naive time."""
    return instant.astimezone(zone).replace(tzinfo=None)


def month_end(day: date) -> date:
    """The last day of the day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])
