"""Figures as JSON holds them: text for money and ratios, so that no digit is lost."""

from decimal import Decimal

from analytics.metrics.base import Unit
from analytics.report import Figure
from putler.kernel.money import decimals


def text(value: Figure, unit: Unit, currency: str) -> str | float | None:
    """A figure as JSON holds it."""
    if not isinstance(value, Decimal):
        return value
    if unit is Unit.DAYS:
        return float(value)
    return f"{value:.{decimals(currency) if unit is Unit.MONEY else 4}f}"


def ratio(value: Decimal | None) -> str | None:
    """A share, with four decimals."""
    return None if value is None else f"{value:.4f}"


def plain(value: Decimal | None) -> str | None:
    """A number without zeros at its end."""
    return None if value is None else f"{value.normalize():f}"
