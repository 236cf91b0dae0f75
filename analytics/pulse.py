"""The last weeks and months, day by day under each other. Source: docs/metrics.md, “Home”."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from analytics import engine
from analytics.query import By, Query
from analytics.report import Values
from putler.kernel.periods import Interval, Period, add_months, local_day, midnight, month_of, week_of
from putler.tenancy import tenant

SLUGS: Final = ("net_sales", "orders", "new_customers")
BACK: Final = 3  # complete periods beside the running one


@dataclass(frozen=True, slots=True)
class Beat:
    """One week or month. `values`: its figures so far; `days`: of each of its local days, None for those to come."""

    period: Period
    values: Values
    days: Sequence[Values | None]
    is_running: bool


@dataclass(frozen=True, slots=True)
class Pulse:
    """The running week and month and the three before each, oldest first."""

    currency: str
    weeks: list[Beat]
    months: list[Beat]


def pulse_last_weeks(query: Query) -> Pulse:
    """Net sales, orders and new customers around `query.now`; the query's period is not looked at."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        zone, today = generation.zone, local_day(query.now, generation.zone)
        weeks = [week_of(today - timedelta(weeks=back), zone) for back in range(BACK, -1, -1)]
        months = [month_of(add_months(today.replace(day=1), -back), zone) for back in range(BACK, -1, -1)]
        first = min(weeks[0].first, months[0].first)
        asked = replace(query, by=By.DAY, compare=None, metrics=frozenset(SLUGS))
        report = engine.run(replace(asked, period=Interval(midnight(first, zone), query.now)))
        days = {date.fromisoformat(key): values for key, values in report.groups.items()}
    return Pulse(report.currency, _beats(weeks, days, today), _beats(months, days, today))


def _beats(periods: Sequence[Period], days: dict[date, Values], today: date) -> list[Beat]:
    return [
        Beat(
            period=period,
            values={slug: sum(days[day][slug] or 0 for day in period.days() if day in days) for slug in SLUGS},
            days=[days.get(day) for day in period.days()],
            is_running=period.first <= today <= period.last,
        )
        for period in periods
    ]
