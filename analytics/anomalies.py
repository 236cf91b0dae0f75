"""Days unlike their weekday: how far from the usual, and what moved most. Source: docs/metrics.md, “Anomalies”."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Final

from analytics import engine, products, sums
from analytics.figures import UNATTRIBUTED
from analytics.query import By, Query
from analytics.report import Values
from putler.kernel.money import round_half_up
from putler.kernel.periods import Interval, local_day, midnight
from putler.tenancy import tenant

WATCHED: Final = ("net_sales", "orders", "refunds", "failed_payments")
WEEKS: Final = 8
FEWEST_WEEKS: Final = 6  # of these, below which nothing is usual
_SCALE = Decimal("0.6745")  # makes the median absolute deviation comparable with a standard deviation
_FAR = Decimal("3.5")
_LEAST_PART, _LEAST_PART_WITHOUT_SPREAD = Decimal("0.1"), Decimal("0.5")
_FEWEST_ORDERS = 5
_OF_PRODUCTS = {"net_sales": "product_revenue", "orders": "product_orders"}
_CUTS = (By.SOURCE, By.COUNTRY)
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Usual:
    """What a weekday is like: the median of the weeks before, and the median distance from it (MAD)."""

    median: Decimal
    spread: Decimal

    @classmethod
    def of(cls, values: Sequence[Decimal]) -> "Usual":
        """Of some values, at least one."""
        middle = median(values)
        return cls(middle, median([abs(value - middle) for value in values]))

    def z(self, value: Decimal) -> Decimal | None:
        """How unusual a value is, with two decimals; None where the weeks before were all alike."""
        return round_half_up(_SCALE * (value - self.median) / self.spread, 2) if self.spread else None

    def is_far(self, value: Decimal) -> bool:
        """Whether a value stands out, however few sales there were."""
        distance = abs(value - self.median)
        if not self.spread:
            return distance > 0 and distance >= _LEAST_PART_WITHOUT_SPREAD * abs(self.median)
        return abs(_SCALE * (value - self.median)) >= _FAR * self.spread and distance >= _LEAST_PART * abs(self.median)


@dataclass(frozen=True, slots=True)
class Mover:
    """The group of a cut whose figure is farthest from its own usual one."""

    cut: By
    group: str  # as `By` keys it; a product by its name
    value: Decimal
    usual: Decimal


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A complete local day on which a metric is far from its weekday's usual. `z` None: the weeks before were alike."""

    day: date
    slug: str
    value: Decimal
    usual: Usual
    z: Decimal | None


def anomalies(query: Query) -> list[Anomaly]:
    """The unusual days of the query's range, the latest first; days that are not over are left out."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        zone, span = generation.zone, query.in_zone(generation.zone).span
        first, after = local_day(span.start, zone), local_day(min(span.end, query.now), zone)
        since = sums.first_day(query, generation)
        if since is None or first >= after:
            return []
        history = Interval(midnight(first - WEEKS * _WEEK, zone), midnight(after, zone))
        asked = replace(query, period=history, by=By.DAY, compare=None, metrics=frozenset(WATCHED))
        days = {date.fromisoformat(key): values for key, values in engine.run(asked).groups.items()}
    wanted = [first + timedelta(n) for n in range((after - first).days)]
    found = (_judged(day, slug, days, since) for day in reversed(wanted) for slug in WATCHED)
    return [one for one in found if one]


def movers(query: Query, anomaly: Anomaly) -> list[Mover]:
    """Which source, country and product moved most on that day, against the medians of the same weeks before."""
    with tenant(query.account.pk):
        zone = engine.serving(query).zone
        days = [anomaly.day - n * _WEEK for n in range(WEEKS + 1)]
        cuts = {cut: anomaly.slug for cut in _CUTS}
        if anomaly.slug in _OF_PRODUCTS:
            cuts[By.PRODUCT] = _OF_PRODUCTS[anomaly.slug]
        found = []
        for cut, slug in cuts.items():
            asked = replace(query, by=cut, compare=None, metrics=frozenset({slug}))
            spans = (Interval(midnight(day, zone), midnight(day + timedelta(1), zone)) for day in days)
            reports = [engine.run(replace(asked, period=span)).groups for span in spans]
            if best := _mover(cut, slug, reports):
                found.append(best)
        names = products.names(query.account, [one.group for one in found if one.cut is By.PRODUCT])
    return [replace(one, group=names.get(one.group, one.group)) for one in found]


def _judged(day: date, slug: str, days: dict[date, Values], since: date) -> Anomaly | None:
    before = [day - n * _WEEK for n in range(1, WEEKS + 1) if day - n * _WEEK >= since]
    if len(before) < FEWEST_WEEKS:
        return None
    usual, value = Usual.of([_value(days[each], slug) for each in before]), _value(days[day], slug)
    orders = max(_value(days[day], "orders"), median([_value(days[each], "orders") for each in before]))
    if orders < _FEWEST_ORDERS or not usual.is_far(value):
        return None
    return Anomaly(day, slug, value, usual, usual.z(value))


def _mover(cut: By, slug: str, reports: Sequence[dict[str, Values]]) -> Mover | None:
    today, *before = reports
    groups = sorted({group for report in reports for group in report} - {UNATTRIBUTED})
    moved = [
        Mover(
            cut,
            group,
            _value(today.get(group, {}), slug),
            median([_value(each.get(group, {}), slug) for each in before]),
        )
        for group in groups
    ]
    return max(moved, key=lambda one: abs(one.value - one.usual), default=None)


def _value(values: Values, slug: str) -> Decimal:
    return Decimal(values.get(slug) or 0)
