"""When things happen: hours of a day, seasons of a year, months of a subscription."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final

WEEK: Final = (110, 100, 95, 95, 105, 85, 110)  # per cent, from Monday
YEAR: Final = (90, 88, 95, 98, 100, 96, 88, 90, 100, 106, 128, 145)  # per cent, from January
FIRST_DAY, LATER = 7.2, 0.008  # baskets on the first day, and how many more each day after


def midnight(day: date) -> datetime:
    """Return the beginning of a day in UTC."""
    return datetime.combine(day, time(), UTC)


def some_time(random: Random, day: date) -> datetime:
    """Choose a moment of the day; evenings are busiest."""
    return midnight(day) + timedelta(seconds=int(random.triangular(5 * 3600, 86_399, 19 * 3600)))


def how_many(random: Random, day: date, *, age: int) -> int:
    """Choose the number of baskets on a day, `age` days after the shop opened."""
    expected = (FIRST_DAY + LATER * age) * WEEK[day.weekday()] * YEAR[day.month - 1] / 10_000
    return max(0, round(random.gauss(expected, expected**0.5)))


def months_after(moment: datetime, months: int) -> datetime:
    """Return the same day and time of a later month, or that month's last day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
