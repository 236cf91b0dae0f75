"""What is asked: three ranges of the invented shop's years, each beside the same days a year before."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from bench.shop import LAST
from putler.kernel.periods import Interval, Period, midnight


@dataclass(frozen=True, slots=True)
class Range:
    """Whole local days, both ends included; `by`: what a curve of them is cut by."""

    name: str
    first: date
    last: date
    by: str

    def period(self, zone: ZoneInfo) -> Period:
        """As the product is asked."""
        return Period(self.first, self.last, zone)

    def spans(self, zone: ZoneInfo) -> tuple[Interval, Interval]:
        """The UTC instants of the range and of what it is compared with."""
        period = self.period(zone)
        return period.interval, period.year_before().interval


RANGES: Final = (
    Range("30 d", date(2025, 12, 2), LAST, "day"),
    Range("12 m", date(2025, 1, 1), LAST, "month"),
    Range("5 y", date(2021, 1, 1), LAST, "month"),
)
NOW: Final[datetime] = midnight(date(2026, 2, 1), ZoneInfo("UTC"))
