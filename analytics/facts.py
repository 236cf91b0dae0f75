"""Did you know …? Fixed sentences over the figures of a range. Source: docs/metrics.md, “Home”."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from analytics import baskets, engine, gaps, leaderboard, lists, pareto
from analytics.query import Query
from analytics.report import Values
from analytics.templatetags import metrics as write

_WEEKDAYS: Final = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_SLUGS: Final = frozenset({"sale_every", "returning_rate", "repeat_rate", *gaps.SLUGS})


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence, and the slug of the figure or list that it is about."""

    about: str
    text: str


def did_you_know(query: Query) -> list[Fact]:
    """What can be said of the query's range; nothing that its figures do not say."""
    asked = replace(query, by=None, compare=None)
    values = engine.run(replace(asked, metrics=_SLUGS)).values
    return [*_of_figures(values), *_of_hours(asked), *_of_products(asked), *_of_customers(asked)]


def _of_figures(values: Values) -> Iterator[Fact]:
    if every := values["sale_every"]:
        yield Fact("sale_every", f"You make a sale every {write.duration(int(every))}.")
    if values["returning_rate"]:
        yield Fact("returning_rate", f"{_percent(values['returning_rate'])} of the customers had bought before.")
    if values["days_to_second_order"] is not None:
        days = f"{values['days_to_second_order']:.0f}"
        yield Fact(
            "days_to_second_order", f"Half of those who order again do so within {days} day{'s' * (days != '1')}."
        )


def _of_hours(query: Query) -> Iterator[Fact]:
    cells = lists.heatmap(query)
    orders = [sum(cell.orders for cell in cells if cell.weekday == day) for day in range(1, len(_WEEKDAYS) + 1)]
    if any(orders):
        best = max(range(len(orders)), key=lambda day: (orders[day], -day))
        yield Fact("sales_heatmap", f"Most orders come on {_WEEKDAYS[best]}: {orders[best]:,} of {sum(orders):,}.")
        hour = max(cells, key=lambda cell: (cell.orders, -cell.weekday, -cell.hour))
        yield Fact("sales_heatmap", f"The busiest hour is {_WEEKDAYS[hour.weekday - 1]} from {hour.hour}:00.")


def _of_products(query: Query) -> Iterator[Fact]:
    if fastest := leaderboard.fastest_moving(query):
        units = fastest.values["product_units"]
        yield Fact("fastest_moving", f"{fastest.name} sells fastest: {units:,} units.")
    for best in baskets.bought_together(query, limit=1):
        yield Fact("bought_together", f"{best.first} and {best.second} met in {best.orders:,} orders.")


def _of_customers(query: Query) -> Iterator[Fact]:
    found = pareto.of_customers(query)
    if found.share_of_top:
        who = "customer brings" if found.top == 1 else f"{found.top:,} customers bring"
        yield Fact("pareto_customers", f"The best {who} {_percent(found.share_of_top)} of net sales.")


def _percent(share: Decimal | int | None) -> str:
    return f"{(share or 0) * 100:.0f}%"
