"""What is answered: figures, their groups, what they are compared with, and how sure and fresh they are."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from analytics.metrics.base import Metric, Unit
from analytics.metrics.registry import METRICS
from analytics.query import Query
from putler.kernel.money import round_half_up
from putler.kernel.periods import Interval

# Money: Decimal in major units of the report's currency. Counts and durations (whole seconds): int. Percentages: a
# fraction with four decimals (0.1234 is 12.34 %). Days: Decimal with two decimals. Other numbers: Decimal with four
# decimals. Over nothing: None.
Figure = Decimal | int | None
Values = dict[str, Figure]
# A fraction of the previous figure; for percentages their difference, in points (0.0100 is 1 pp).
Change = Decimal | Literal["new"] | None


def change(metric: Metric, value: Figure, previous: Figure) -> Change:
    """How a figure differs from the previous one; "new" from zero; None where no percentage makes sense (E13)."""
    if value is None or previous is None:
        return None
    if metric.unit is Unit.PERCENT:
        return Decimal(value) - previous
    if previous > 0:
        return round_half_up((Decimal(value) - previous) / previous, 4)
    return "new" if previous == 0 and value != 0 else None


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure with its metric (label, formula, unit, better) and what it is compared with."""

    metric: Metric
    value: Figure
    previous: Figure = None
    is_compared: bool = False

    @property
    def change(self) -> Change:
        """As `change`: in points where `metric.unit` is a percentage."""
        return change(self.metric, self.value, self.previous)

    @property
    def difference(self) -> Figure:
        """The value minus the previous one, in the metric's own unit."""
        return None if self.value is None or self.previous is None else self.value - self.previous

    @property
    def is_better(self) -> bool | None:
        """Whether the change is welcome; None where there is none or the metric is neutral."""
        if not self.difference or self.metric.better.sign == 0:
            return None
        return self.difference * self.metric.better.sign > 0


@dataclass(frozen=True, slots=True)
class Report:
    """The answer to a query.

    `values`: {slug: figure} of the whole range. `groups`: {key: {slug: figure}}, keyed as `By` says, time oldest
    first, the others by key; a metric that the cut cannot have is left out there. `previous` and `previous_groups`:
    the same of `compared`, else None and empty. `unconverted`: {currency: rows} without an exchange rate, which no
    money figure contains. `current_at`: when the figures last took in changes; None before the first time.
    """

    query: Query
    currency: str
    span: Interval
    values: Values
    groups: dict[str, Values] = field(default_factory=dict)
    compared: Interval | None = None
    previous: Values | None = None
    previous_groups: dict[str, Values] = field(default_factory=dict)
    unconverted: dict[str, int] = field(default_factory=dict)
    current_at: datetime | None = None
    differences: int = 0  # stored sums that were found not to be what their bookings say
    version: int = 0  # grows with every change; together with the query it identifies the answer
    is_approximate: bool = False  # money in a display currency: to be marked "≈"

    def cell(self, slug: str) -> Cell:
        """One figure with its comparison. Raises KeyError for a slug that was not asked for."""
        previous = None if self.previous is None else self.previous.get(slug)
        return Cell(METRICS[slug], self.values[slug], previous, is_compared=self.previous is not None)

    def cells(self, *slugs: str) -> Iterator[Cell]:
        """Several figures, in the order given; all of them without arguments."""
        return (self.cell(slug) for slug in slugs or self.values)

    def series(self, slug: str) -> list[Figure]:
        """One metric over the groups, in their order: the points of a chart."""
        return [values.get(slug) for values in self.groups.values()]
