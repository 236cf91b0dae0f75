"""What a month will bring. Source: docs/metrics.md, “Forecast”."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from putler.kernel.money import round_half_up
from putler.kernel.periods import add_months

WEEKS = 8  # how far back a weekday's mean looks
FEWEST = 2  # weeks of history below which nothing is forecast
_WEEK = timedelta(weeks=1)


def forecast_month_end(
    gross: Mapping[date, Decimal], *, today: date, since: date | None, places: int
) -> Decimal | None:
    """Gross sales of the whole current month: days past, today at its weekday's mean or better, days left at theirs.

    `gross`: by local day, today's so far, absent days are 0. `since`: the first day of the ledger. None with less than
    two complete weeks of history.
    """
    weeks = min(WEEKS, (today - since).days // 7 if since else 0)
    if weeks < FEWEST:
        return None
    none = Decimal(0)
    first = today.replace(day=1)
    past = sum((gross.get(first + timedelta(n), none) for n in range((today - first).days)), none)
    left = (add_months(first, 1) - today).days - 1
    rest = sum((typical(gross, today + timedelta(n + 1), today=today, weeks=weeks) for n in range(left)), none)
    at_least = max(gross.get(today, none), typical(gross, today, today=today, weeks=weeks))
    return round_half_up(past + at_least + rest, places)


def typical(by_day: Mapping[date, Decimal], day: date, *, today: date, weeks: int) -> Decimal:
    """The mean of a day's weekday over some weeks that end yesterday; absent days are 0."""
    latest = today - timedelta((today - day).days % 7 or 7)
    return sum((by_day.get(latest - n * _WEEK, Decimal(0)) for n in range(weeks)), Decimal(0)) / weeks
