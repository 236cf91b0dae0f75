"""Figures as people read them: currency signs, grouped digits, days of the account's zone."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template

from analytics.metrics.base import Metric, Unit
from analytics.report import Cell, Figure, Report
from putler.kernel.money import decimals
from putler.kernel.periods import Interval
from putler.kernel.writing import day as written_day
from putler.kernel.writing import is_day_first, marked

register = template.Library()

NOTHING = "—"
MINUS = "−"
_SIGNS = {
    "AUD": "A$", "BRL": "R$", "CAD": "CA$", "CNY": "CN¥", "EUR": "€", "GBP": "£", "HKD": "HK$", "ILS": "₪", "INR": "₹",
    "JPY": "¥", "KRW": "₩", "MXN": "MX$", "NZD": "NZ$", "PHP": "₱", "USD": "$", "VND": "₫",
}  # fmt: skip
_MANY = 10  # a change of 1,000 % and more is written without decimals
_INSTANT = timedelta(microseconds=1)


def money(amount: Decimal | int, currency: str, *, is_approximate: bool = False, places: int | None = None) -> str:
    """An amount in major units, as in −€1,234.50; `places`: fewer decimals than the currency has."""
    digits = marked(f"{abs(amount):,.{decimals(currency) if places is None else places}f}")
    sign = MINUS if amount < 0 else ""
    mark = "≈\u202f" if is_approximate else ""
    return mark + sign + _SIGNS.get(currency, f"{currency}\u00a0") + digits


def minor(amount: int, currency: str) -> str:
    """An amount in minor units."""
    return money(Decimal(amount).scaleb(-decimals(currency)), currency)


def figure(metric: Metric, value: Figure, currency: str, *, is_approximate: bool = False) -> str:
    """A metric's value in its unit."""
    if value is None:
        return NOTHING
    match metric.unit:
        case Unit.MONEY:
            return money(value, currency, is_approximate=is_approximate)
        case Unit.PERCENT:
            return marked(f"{value * 100:,.2f}%").replace("-", MINUS)
        case Unit.DURATION:
            return duration(int(value))
        case Unit.NUMBER | Unit.DAYS:
            return marked(f"{value:,.2f}").replace("-", MINUS) + "\u00a0days" * (metric.unit is Unit.DAYS)
        case _:
            return marked(f"{value:,}").replace("-", MINUS)


def duration(seconds: int) -> str:
    """Seconds as their two largest units."""
    parts = [(seconds // 86_400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    first = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 s"


def days(interval: Interval, zone: ZoneInfo) -> str:
    """Instants as the local days that they cover; with the time where they end within a day."""
    first, end = interval.start.astimezone(zone), interval.end.astimezone(zone)
    last = (interval.end - _INSTANT).astimezone(zone)
    until = "" if end.time() == datetime.min.time() else f" until {end:%H:%M}"
    return f"{span(first.date(), last.date())}{until}"


def span(first: date, last: date) -> str:
    """Days from first to last, both included, without saying anything twice."""
    if first == last:
        return day(last)
    if first.year != last.year or not is_day_first():
        return f"{day(first)} – {day(last)}"
    return f"{first.day}{'' if first.month == last.month else f'{first: %b}'} – {day(last)}"


def day(on: date) -> str:
    """A day such as 3 Nov 2026."""
    return written_day(on)


@register.filter
def metric_value(cell: Cell, report: Report) -> str:
    """A cell's value in the report's currency."""
    return figure(cell.metric, cell.value, report.currency, is_approximate=report.is_approximate)


@register.filter
def metric_previous(cell: Cell, report: Report) -> str:
    """What a cell is compared with."""
    return figure(cell.metric, cell.previous, report.currency, is_approximate=report.is_approximate)


@register.inclusion_tag("components/_change.html")
def metric_change(cell: Cell, report: Report) -> dict[str, Any]:
    """How a cell changed: a word for screen readers, an arrow, an amount, and a tone that says better or worse."""
    return {"tone": tone(cell), "way": _way(cell), "text": _change(cell, report)}


def tone(cell: Cell) -> str:
    """The class of a change: `good`, `bad` or neither."""
    return {True: "good", False: "bad", None: ""}[cell.is_better]


def _way(cell: Cell) -> str:
    if not cell.difference:
        return ""
    return "up" if cell.difference > 0 else "down"


def _change(cell: Cell, report: Report) -> str:
    change = cell.change
    if isinstance(change, str):
        return change
    if change is None:
        is_from_below = cell.previous is not None and cell.previous < 0 and cell.difference
        return f"by {_absolute(cell, report)}" if is_from_below else NOTHING
    if cell.metric.unit is Unit.PERCENT:
        return marked(f"{abs(change) * 100:,.1f} pp")
    return marked(f"{abs(change) * 100:,.{0 if abs(change) >= _MANY else 1}f}%")


def _absolute(cell: Cell, report: Report) -> str:
    return figure(
        cell.metric, abs(Decimal(cell.difference or 0)), report.currency, is_approximate=report.is_approximate
    )
