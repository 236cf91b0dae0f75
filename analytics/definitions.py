"""What pages say of each metric, out of its declaration."""

from dataclasses import dataclass
from typing import Final

from analytics.metrics.base import Better, Distinct, Metric, Ratio, Unit
from analytics.metrics.customers import CUSTOMERS
from analytics.metrics.products import PRODUCTS
from analytics.metrics.registry import DECLARED, METRICS
from analytics.metrics.rules import CUTS, rules_of
from analytics.metrics.sales import SALES

_GROUPS: Final = (("Sales", SALES), ("Customers", CUSTOMERS), ("Products", PRODUCTS))
_UNITS: Final = {
    Unit.MONEY: "money, in your base currency",
    Unit.COUNT: "a whole number",
    Unit.NUMBER: "a number",
    Unit.PERCENT: "percent",
    Unit.DURATION: "a span of time",
    Unit.DAYS: "days",
}
_BETTER: Final = {
    Better.UP: "More is better",
    Better.DOWN: "Less is better",
    Better.NEUTRAL: "Neither more nor less is better",
}


@dataclass(frozen=True, slots=True)
class Definition:
    """One metric in words. `parts`: what it is made of, those with a page of their own; `used_by`: what it is in."""

    metric: Metric
    unit: str
    better: str
    cuts: str
    parts: list[Metric]
    used_by: list[Metric]
    rules: list[tuple[str, str]]
    has_rows: bool


def catalogue() -> list[tuple[str, list[Metric]]]:
    """(name, metrics) of each group, in the order of the declarations."""
    return [(name, [one for one in group if not one.is_internal]) for name, group in _GROUPS]


def definition(slug: str) -> Definition:
    """All that is declared of a metric."""
    metric = METRICS[slug]
    return Definition(
        metric=metric,
        unit=_UNITS[metric.unit],
        better=_BETTER[metric.better],
        cuts=_cuts(metric),
        parts=[METRICS[part] for part in metric.parts if part in METRICS],
        used_by=[other for other in METRICS.values() if slug in other.parts],
        rules=rules_of(metric),
        has_rows=metric.can_be(None) and not isinstance(DECLARED[slug], Ratio | Distinct),
    )


def _cuts(metric: Metric) -> str:
    """What it can be split by, in words."""
    named = [name for by, name in CUTS.items() if metric.can_be(by)]
    if not metric.can_be(None):
        return "It is a figure of one product."
    return f"Over time, and by {', '.join(named)}." if named else "Over time."
