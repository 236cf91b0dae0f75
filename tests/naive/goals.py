"""The contract's goals."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from .booking import Book, Entry
from .days import Range, month_end, wall_clock
from .sales import Values, money_ratio, plain_ratio, total


def goal(book: Book, share: Callable[[Entry], Decimal], target: Decimal, now: datetime, zone: ZoneInfo) -> Values:
    """How far a money metric is from its target for the month of `now`."""
    today = wall_clock(now, zone).date()
    month = Range(today.replace(day=1), month_end(today), zone)
    actual = total(share, book.between(month.start, now), book.base)
    progress, elapsed = plain_ratio(actual, target), plain_ratio(today.day, month.last.day)
    reached = [
        day for day in month.days() if total(share, book.between(month.start, min(day.end, now)), book.base) >= target
    ]
    missing = target - actual
    assert progress is not None
    assert elapsed is not None
    return {
        "actual": actual,
        "progress": progress,
        "elapsed_share": elapsed,
        "pace": progress - elapsed,
        "needed_per_day": money_ratio(missing, month.last.day - today.day + 1, book.base) if missing > 0 else None,
        "reached_on": reached[0].first if reached else None,
    }
