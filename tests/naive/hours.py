"""Sales by the hour that the account's clocks showed."""

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from .booking import Book
from .days import Range, wall_clock
from .ledger import rounded


def heatmap(book: Book, period: Range) -> dict[str, dict[str, Any]]:
    """{"ISO weekday-hour": orders and money of the sales}, only the hours that had a sale."""
    orders: Counter[str] = Counter()
    gross: dict[str, Decimal] = defaultdict(Decimal)
    for entry in book.between(period.start, period.end):
        if entry.role == "sale":
            clock = wall_clock(entry.at, period.zone)
            key = f"{clock.isoweekday()}-{clock:%H}"
            orders[key] += entry.opens_order
            gross[key] += entry.base.amount
    return {key: {"orders": orders[key], "gross_sales": rounded(gross[key], book.base)} for key in sorted(gross)}


def occurrences(period: Range) -> dict[str, Decimal]:
    """How often each hour of the week occurred, counted minute by minute."""
    minutes: Counter[str] = Counter()
    instant = period.start
    while instant < period.end:
        clock = wall_clock(instant, period.zone)
        minutes[f"{clock.isoweekday()}-{clock:%H}"] += 1
        instant += timedelta(minutes=1)
    return {key: Decimal(count) / 60 for key, count in minutes.items()}
