"""All metrics by slug, in the order in which lists show them."""

from collections.abc import Iterable

from analytics.metrics.base import LineSum, Metric, Simple
from analytics.metrics.customers import CUSTOMERS
from analytics.metrics.products import PRODUCTS
from analytics.metrics.sales import SALES

DECLARED: dict[str, Metric] = {metric.slug: metric for metric in (*SALES, *CUSTOMERS, *PRODUCTS)}
METRICS: dict[str, Metric] = {slug: metric for slug, metric in DECLARED.items() if not metric.is_internal}
_SUMS = tuple(metric for metric in DECLARED.values() if isinstance(metric, Simple))
MEASURES: tuple[Simple, ...] = tuple(metric for metric in _SUMS if not isinstance(metric, LineSum))
LINE_MEASURES: tuple[Simple, ...] = tuple(metric for metric in _SUMS if isinstance(metric, LineSum))


def needs(slugs: Iterable[str]) -> dict[str, Metric]:
    """The metrics of these slugs and all that they are made of, the parts before what needs them."""
    found: dict[str, Metric] = {}
    for slug in slugs:
        metric = DECLARED[slug]
        found |= needs(metric.parts)
        found[slug] = metric
    return found
