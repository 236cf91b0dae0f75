"""What a product may bring next, and how far such forecasts were off. Source: docs/metrics.md, “Products”."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from analytics import engine, goods
from analytics.forecast import FEWEST, WEEKS, typical
from analytics.leaderboard import REVENUE, money_of
from analytics.models import Generation
from analytics.query import Query
from analytics.spans import before, cover
from datasources.models import Product
from putler.kernel.money import decimals, round_half_up
from putler.kernel.periods import Period, local_day
from putler.tenancy import tenant

AHEAD: Final = 30  # days that a forecast looks ahead
CHECKED: Final = 6  # forecasts that are held against what came
_UNITS_PLACES: Final = 1
_BACK: Final = timedelta(AHEAD * CHECKED + 1, weeks=WEEKS)


@dataclass(frozen=True, slots=True)
class Record:
    """Forecasts of units in the past: `mean_error` of one, and as a `share` of what came on average (None: nothing)."""

    checked: int
    mean_error: Decimal
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Expected:
    """What a product may bring in the next AHEAD days; both None with less than two weeks of history.

    `record`: how it went before; None where no such forecast was possible yet.
    """

    units: Decimal | None
    revenue: Decimal | None
    record: Record | None


@dataclass(frozen=True, slots=True)
class _Days:
    """A product's whole days before today, and since when it is sold."""

    generation: Generation
    today: date
    since: date | None
    units: Mapping[date, Decimal]
    revenue: Mapping[date, Decimal]

    def ahead(self, by_day: Mapping[date, Decimal], today: date) -> Decimal | None:
        """What the AHEAD days after a day are expected to bring, as that day knew."""
        weeks = min(WEEKS, (today - self.since).days // 7 if self.since else 0)
        if weeks < FEWEST:
            return None
        days = (today + timedelta(n + 1) for n in range(AHEAD))
        return sum((typical(by_day, day, today=today, weeks=weeks) for day in days), Decimal(0))


def product_forecast(query: Query, product: Product) -> Expected:
    """The typical weekdays of the AHEAD days after `query.now`; the query's period is not looked at."""
    known = _days(query, product)
    units, revenue = (known.ahead(by_day, known.today) for by_day in (known.units, known.revenue))
    if units is None or revenue is None:
        return Expected(None, None, None)
    places = decimals(known.generation.base_currency)
    return Expected(round_half_up(units, _UNITS_PLACES), round_half_up(revenue, places), _record(known))


def _record(known: _Days) -> Record | None:
    """The forecasts of units for each AHEAD days before today, without overlap, as of the day before them."""
    eves = [known.today - timedelta(AHEAD * back + 1) for back in range(1, CHECKED + 1)]
    made = [(forecast, eve) for eve in eves for forecast in [known.ahead(known.units, eve)] if forecast is not None]
    if not made:
        return None
    came = [
        sum((known.units.get(eve + timedelta(n + 1), Decimal(0)) for n in range(AHEAD)), Decimal(0)) for _, eve in made
    ]
    error = sum((abs(forecast - units) for (forecast, _), units in zip(made, came, strict=True)), Decimal(0)) / len(
        made
    )
    mean = sum(came, Decimal(0)) / len(came)
    return Record(len(made), round_half_up(error, _UNITS_PLACES), round_half_up(error / mean, 4) if mean > 0 else None)


def _days(query: Query, product: Product) -> _Days:
    with tenant(query.account.pk):
        generation = engine.serving(query)
        today = local_day(query.now, generation.zone)
        span = Period(today - _BACK, today - timedelta(1), generation.zone).interval
        recent, past = cover(span, generation.zone, by_day=True), before(span, generation.zone)
        of_days = goods.of_product(generation, recent, query.scope, product.number, ("product_units", *REVENUE))
        is_older = goods.of_product(generation, past, query.scope, product.number, ())
    since = today - _BACK if is_older else min(of_days, default=None)  # older than that is nothing that is looked at
    units = {on: Decimal(units) for on, (units, _, _) in of_days.items()}
    revenue = {on: money_of(sold - given_back, generation) for on, (_, sold, given_back) in of_days.items()}
    return _Days(generation, today, since, units, revenue)
