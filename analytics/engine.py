"""The road from a query to a report: read sums, read customers, then everything that follows from them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from analytics import people, sums
from analytics.conversion import Rates
from analytics.metrics.base import Distinct, Elapsed, Metric, Ratio, Simple, Total, Unit
from analytics.metrics.registry import DECLARED, METRICS, needs
from analytics.models import Generation, State
from analytics.query import By, Query
from analytics.report import Cell, Change, Figure, Report, Values, change
from analytics.spans import Cover, before, cover
from putler.kernel.money import decimals
from putler.kernel.periods import Interval, local_day, midnight, month_of
from putler.tenancy import tenant

__all__ = ["Cell", "Change", "Figure", "Report", "Values", "change", "run"]

TIME = frozenset({By.MONTH, By.DAY})
_ALWAYS = (DECLARED["movements"], DECLARED["unconverted"])


def run(query: Query) -> Report:
    """Answer a query from the rollups; only pieces of days are read from the bookings.

    The number of SQL statements depends on the query alone, never on the rows.
    """
    with tenant(query.account.pk):
        generation = Generation.objects.filter(account=query.account, state=State.SERVING).first()
        if generation is None:
            generation = _none_yet(query)
        reading = Reading(query.in_zone(generation.zone), generation)
        values, groups, unconverted = reading.answer(reading.query.span)
        report = Report(
            query, reading.currency, reading.query.span, values, groups,
            unconverted=unconverted, current_at=generation.current_at, version=generation.version,
            is_approximate=reading.is_approximate,
        )  # fmt: skip
        compared = reading.query.comparison
        if compared is None:
            return report
        previous, previous_groups, _ = reading.answer(compared)
        return replace(report, compared=compared, previous=previous, previous_groups=previous_groups)
