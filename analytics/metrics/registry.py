"""All metrics by slug, in the order in which lists show them."""

from collections.abc import Iterable

from analytics.metrics.base import Distinct, Metric, Ratio, Simple, Total
from analytics.metrics.customers import CUSTOMERS
from analytics.metrics.sales import SALES

DECLARED: dict[str, Metric] = {metric.slug: metric for metric in (*SALES, *CUSTOMERS)}
METRICS: dict[str, Metric] = {slug: metric for slug, metric in DECLARED.items() if not metric.is_internal}
MEASURES: tuple[Simple, ...] = tuple(metric for metric in DECLARED.values() if isinstance(metric, Simple))


def needs(slugs: Iterable[str]) -> dict[str, Metric]:
    """The metrics of these slugs and all that they are made of, the parts before what needs them."""
    found: dict[str, Metric] = {}
    for slug in slugs:
        metric = DECLARED[slug]
        found |= needs(_parts(metric))
        found[slug] = metric
    return found


def _parts(metric: Metric) -> tuple[str, ...]:
    match metric:
        case Total():
            return tuple(slug for _, slug in metric.signed)
        case Ratio():
            return (metric.numerator, metric.denominator)
        case Distinct(slug="new_customers"):
            return ("first_orders",)
        case Distinct(slug="returning_customers"):
            return ("paying_customers", "new_customers")
        case _:
            return ()
