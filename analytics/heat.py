"""When people buy: the orders of a period in the 168 hours of the week, drawn as a map."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from analytics import lists
from analytics.query import Query
from analytics.templatetags import metrics as write
from putler.kernel.cells import Cell
from putler.kernel.writing import marked

LEVELS = 8
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HEADER = ("Weekday", "Hour", "Orders", "Sales", "Times the hour occurred")


class Spot(NamedTuple):
    """An hour of the week; `level`: 0 for none to LEVELS; `says`: all of it in words."""

    text: str
    level: int
    says: str
    url: str


class Line(NamedTuple):
    """A weekday's hours."""

    day: str
    spots: list[Spot]


def heat_of(query: Query, currency: str, *, is_average: bool, week_start: int, link: Callable[..., str]) -> list[Line]:
    """The lines of the map, from the day on which weeks begin. `is_average`: orders an hour that occurred."""
    found = lists.heatmap(query)
    values = [_average(hour) if is_average else Decimal(hour.orders) for hour in found]
    most = max(values)
    spots = [
        Spot(_text(value, is_average=is_average), _level(value, most), _words(hour, value, currency), _url(hour, link))
        for hour, value in zip(found, values, strict=True)
    ]
    order = [(week_start - 1 + n) % 7 for n in range(7)]
    return [Line(DAYS[day], spots[day * 24 : day * 24 + 24]) for day in order]


def export(query: Query) -> tuple[Sequence[str], list[list[Cell]]]:
    """(header, rows) of the 168 hours."""
    rows: list[list[Cell]] = [
        [DAYS[hour.weekday - 1], hour.hour, hour.orders, hour.gross_sales, Decimal(str(hour.occurred))]
        for hour in lists.heatmap(query)
    ]
    return HEADER, rows


def _average(hour: lists.Hour) -> Decimal:
    return Decimal(hour.orders) / Decimal(str(hour.occurred)) if hour.occurred else Decimal(0)


def _text(value: Decimal, *, is_average: bool) -> str:
    if not value:
        return ""
    return marked(f"{value:,.1f}" if is_average else f"{value:,.0f}")


def _level(value: Decimal, most: Decimal) -> int:
    return -int(-value * LEVELS // most) if value and most else 0


def _words(hour: lists.Hour, value: Decimal, currency: str) -> str:
    orders = f"{hour.orders:,} order{'s' * (hour.orders != 1)}"
    mean = "" if value == hour.orders else f", {value:,.2f} each time"
    return (
        f"{DAYS[hour.weekday - 1]} {hour.hour}:00: {orders}{mean}, {write.money(hour.gross_sales, currency)} of sales"
    )


def _url(hour: lists.Hour, link: Callable[..., str]) -> str:
    return link(metric="orders", hour=f"{hour.weekday}-{hour.hour}") if hour.orders else ""
