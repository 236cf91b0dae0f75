"""Looking ahead, and how well that went: seasons, the time machine, the forecast's record. Source: docs/metrics.md."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from analytics import engine, lives, sums
from analytics.forecast import WEEKS, forecast_month_end
from analytics.models import Generation
from analytics.query import By, Query
from putler.kernel.money import Money, decimals, round_half_up
from putler.kernel.periods import Interval, add_months, local_day, midnight, month_of
from putler.tenancy import tenant

MONTHS: Final = 12
FEWEST_MONTHS: Final = 13  # of history, below which no season is seen
RECENT: Final = 3  # months that the time machine learns from
RECORD: Final = 6  # months over which forecasts are judged


@dataclass(frozen=True, slots=True)
class Season:
    """A complete month. `index`: its net sales ÷ the mean month of its year, with four decimals; None over nothing."""

    month: date
    net_sales: Decimal
    index: Decimal | None


def seasonality(query: Query) -> list[Season] | None:
    """The last 24 complete months before `query.now`, oldest first; None with fewer than 13.

    A year is twelve months counted back from the last complete one. The query's period is not looked at.
    """
    with tenant(query.account.pk):
        generation = engine.serving(query)
        months = _complete_months(query, generation)[-2 * MONTHS :]
        if len(months) < FEWEST_MONTHS:
            return None
        span = Interval(midnight(months[0], generation.zone), midnight(add_months(months[-1], 1), generation.zone))
        asked = replace(query, period=span, by=By.MONTH, compare=None, metrics=frozenset({"net_sales"}))
        net = [Decimal(value or 0) for value in engine.run(asked).series("net_sales")]
    years = [net[: -MONTHS or None], net[-MONTHS:]]
    means = [sum(year, Decimal(0)) / len(year) for year in years for _ in year]
    return [
        Season(month, amount, round_half_up(amount / mean, 4) if mean > 0 else None)
        for month, amount, mean in zip(months, net, means, strict=True)
    ]


def project(value: Decimal, *, gained: Decimal, lost: Decimal, months: int = MONTHS) -> list[Decimal]:
    """A value after each of the next months: every month a share of it is lost and an amount gained; not rounded."""
    found = []
    for _ in range(months):
        value = value * (1 - lost) + gained
        found.append(value)
    return found


@dataclass(frozen=True, slots=True)
class Course:
    """What the time machine starts from. `gained`: a month's amount; `lost`: a month's share, 0 to 1."""

    month: date
    value: Decimal
    gained: Decimal
    lost: Decimal

    def ahead(self, *, gained: Decimal | None = None, lost: Decimal | None = None) -> list[Decimal]:
        """The next twelve months, as things stand or with other assumptions; rounded to cents."""
        steps = project(
            self.value, gained=self.gained if gained is None else gained, lost=self.lost if lost is None else lost
        )
        return [round_half_up(step, 2) for step in steps]


def course_of_sales(query: Query) -> Course | None:
    """Where net sales are heading, from the last three complete months before `query.now`; None with fewer than four.

    Gained: a month's mean net sales from new customers. Lost: 1 − what a month's customers bring in the next one ÷ what
    they brought, on average; who is anonymous tells nothing of either. The query's period is not looked at.
    """
    with tenant(query.account.pk):
        generation = engine.serving(query)
        months = _complete_months(query, generation)[-RECENT - 1 :]
        if len(months) <= RECENT:
            return None
        known = lives.before(query, generation, midnight(months[0], generation.zone)).orders > 0
        last = month_of(months[-1], generation.zone)
        asked = replace(query, period=last.interval, by=None, compare=None, metrics=frozenset({"net_sales"}))
        value = Decimal(engine.run(asked).values["net_sales"] or 0)
        found = [lives.during(query, generation, month_of(month, generation.zone).interval) for month in months]
    gained, shares = 0, []
    for before, month in pairwise(found):
        known |= before.orders > 0
        gained += int(month.net[(month.orders > 0) & ~known].sum())
        brought, kept = (int(each.net[before.orders > 0].sum()) for each in (before, month))
        if brought > 0:
            shares.append(1 - Decimal(kept) / brought)
    lost = min(max(sum(shares, Decimal(0)) / max(len(shares), 1), Decimal(0)), Decimal(1))
    amount = Money.from_minor(gained, generation.base_currency).amount / RECENT
    return Course(months[-1], value, round_half_up(amount, decimals(generation.base_currency)), round_half_up(lost, 4))


@dataclass(frozen=True, slots=True)
class Record:
    """How far forecasts of gross sales made on this day of the last months were from what came.

    `months`: those that could be forecast. `mean_error`: the mean absolute difference; `share`: of the mean month.
    """

    months: int
    mean_error: Decimal
    share: Decimal | None


def track_record(query: Query) -> Record | None:
    """The forecasts at the end of today's day of the month in each of the last six months; None where none was made."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        zone, today = generation.zone, local_day(query.now, generation.zone)
        this_month = today.replace(day=1)
        first = add_months(this_month, -RECORD) - timedelta(weeks=WEEKS)
        span = Interval(midnight(first, zone), midnight(this_month, zone))
        asked = replace(query, period=span, by=By.DAY, compare=None, metrics=frozenset({"gross_sales"}))
        groups = engine.run(asked).groups
        since = sums.first_day(query, generation)
    gross = {date.fromisoformat(key): Decimal(values["gross_sales"] or 0) for key, values in groups.items()}
    made = [
        (forecast, sum((gross.get(day, Decimal(0)) for day in month_of(then, zone).days()), Decimal(0)))
        for back in range(1, RECORD + 1)
        for then in [add_months(today, -back)]
        for seen in [{day: amount for day, amount in gross.items() if day <= then}]
        for forecast in [forecast_month_end(seen, today=then, since=since, places=decimals(generation.base_currency))]
        if forecast is not None
    ]
    if not made:
        return None
    error, came = (
        sum(parts, Decimal(0)) / len(made) for parts in zip(*((abs(f - a), a) for f, a in made), strict=True)
    )
    share = round_half_up(error / came, 4) if came > 0 else None
    return Record(len(made), round_half_up(error, decimals(generation.base_currency)), share)


def _complete_months(query: Query, generation: Generation) -> list[date]:
    """The months that have passed since the first movement, the first of them only where it was on its first day."""
    since = sums.first_day(query, generation)
    this_month = local_day(query.now, generation.zone).replace(day=1)
    found: list[date] = []
    month = this_month if since is None else since if since.day == 1 else add_months(since.replace(day=1), 1)
    while month < this_month:
        found.append(month)
        month = add_months(month, 1)
    return found
