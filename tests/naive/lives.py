"""The contract's lists about whole lives: RFM, cohorts and 80/20, by looking at every customer by name."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from .booking import Book
from .days import ONE_DAY, Range, midnight, month_end, wall_clock
from .sales import Values, money_ratio, net_sales, plain_ratio, total

# One segment a cell, by R and then FM from 1 to 5.
GRID = {
    5: "new potential_loyalist loyal champions champions",
    4: "promising potential_loyalist potential_loyalist loyal champions",
    3: "promising needs_attention potential_loyalist loyal loyal",
    2: "about_to_sleep needs_attention needs_attention at_risk at_risk",
    1: "lost hibernating at_risk cant_lose cant_lose",
}
SECONDS_OF_A_DAY = 86_400


def rfm(book: Book, as_of: datetime) -> dict[str, Values]:
    """Scores and segment of every customer with an order before an instant, from what happened before it."""
    last, count, money = {}, {}, {}
    for customer, orders in book.orders_of.items():
        so_far = [at for at in orders if at < as_of]
        if so_far:
            mine = [entry for entry in book.entries if entry.customer == customer and entry.at < as_of]
            last[customer], count[customer] = max(so_far), len(so_far)
            money[customer] = total(net_sales, mine, book.base)
    return {customer: scores(customer, (last, count, money), as_of) for customer in sorted(last)}


def scores(customer: str, of_all: tuple[dict[str, Any], ...], as_of: datetime) -> Values:
    """One customer among all."""
    last, count, money = of_all
    r, f, m = (score(values[customer], values.values()) for values in of_all)
    fm = int(Decimal(f + m + 1) / 2)
    seconds = Decimal(int((as_of - last[customer]).total_seconds()))
    return {
        "recency_days": int((seconds / SECONDS_OF_A_DAY).to_integral_value(ROUND_FLOOR)),
        "frequency": count[customer],
        "monetary": money[customer],
        "r": r,
        "f": f,
        "m": m,
        "fm": fm,
        "segment": GRID[r].split()[fm - 1] if len(last) >= 5 else None,
    }


def score(value: Any, values: Iterable[Any]) -> int:
    """1 to 5 by the share of strictly smaller values."""
    everyone = list(values)
    smaller = sum(other < value for other in everyone)
    return min(5, 1 + int((Decimal(5 * smaller) / len(everyone)).to_integral_value(ROUND_FLOOR)))


def migration(before: dict[str, Values], now: dict[str, Values]) -> dict[tuple[str | None, str | None], int]:
    """How many customers went from one segment to another; None: not a customer yet."""
    moved: dict[tuple[str | None, str | None], int] = defaultdict(int)
    for customer, values in now.items():
        moved[before.get(customer, {}).get("segment"), values["segment"]] += 1
    return dict(moved)


def cohorts(book: Book, period: Range) -> dict[str, Values]:
    """Customers by the month of their first order, for the months that the range touches, up to its end."""
    found = {}
    for month in months(period.first.replace(day=1), period.last):
        span = whole_month(month, period)
        members = {
            customer
            for customer, orders in book.orders_of.items()
            if span.start <= orders[0] < min(span.end, period.end)
        }
        if members:
            found[f"{month:%Y-%m}"] = cohort(book, period, month, members)
    return found


def cohort(book: Book, period: Range, month: date, members: set[str]) -> Values:
    """What became of the members, month by month."""
    active, orders, per_customer, so_far = [], [], [], Decimal(0)
    for later in months(month, period.last):
        span = whole_month(later, period)
        entries = [entry for entry in book.between(span.start, min(span.end, period.end)) if entry.customer in members]
        ordered = [entry.customer for entry in entries if entry.opens_order]
        so_far += total(net_sales, entries, book.base)
        active.append(len(set(ordered)))
        orders.append(len(ordered))
        per_customer.append(money_ratio(so_far, len(members), book.base))
    retention = [plain_ratio(count, len(members)) for count in active]
    return {
        "size": len(members),
        "active": active,
        "retention": retention,
        "orders": orders,
        "net_per_customer": per_customer,
    }


def months(first: date, last: date) -> list[date]:
    """The first days of the months from `first`, a month's first day, to that of `last`."""
    found = []
    while first <= last:
        found.append(first)
        first = month_end(first) + ONE_DAY
    return found


def whole_month(first: date, period: Range) -> Range:
    """A local month."""
    return Range(first, month_end(first), period.zone)


def pareto(amounts: Iterable[Decimal], of: str) -> Values:
    """Who brings how much: the top fifth, and the fewest that bring 80 %; below zero is zero."""
    ordered = sorted((max(amount, Decimal(0)) for amount in amounts), reverse=True)
    everything = sum(ordered, Decimal(0))
    top = int((Decimal(len(ordered)) / 5).to_integral_value(ROUND_CEILING))
    fewest = [count for count in range(len(ordered) + 1) if sum(ordered[:count]) >= everything * Decimal("0.8")]
    return {
        of: len(ordered),
        "top_20_percent": top,
        "share_of_top_20_percent": plain_ratio(sum(ordered[:top], Decimal(0)), everything),
        f"{of}_for_80_percent": fewest[0] if everything else None,
    }


def month_before(instant: datetime, period: Range) -> datetime:
    """The midnight that begins the same day a month before, or that month's last."""
    day = wall_clock(instant, period.zone).date()
    last = day.replace(day=1) - ONE_DAY
    return midnight(last.replace(day=min(day.day, last.day)), period.zone)
