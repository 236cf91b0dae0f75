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

    def typical(day: date) -> Decimal:
        latest = today - timedelta((today - day).days % 7 or 7)
        return sum((gross.get(latest - n * _WEEK, none) for n in range(weeks)), none) / weeks

    first = today.replace(day=1)
    past = sum((gross.get(first + timedelta(n), none) for n in range((today - first).days)), none)
    left = (add_months(first, 1) - today).days - 1
    rest = sum((typical(today + timedelta(n + 1)) for n in range(left)), none)
    return round_half_up(past + max(gross.get(today, none), typical(today)) + rest, places)
