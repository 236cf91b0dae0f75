"""Today and the month so far beside the same part of the day or month before (E13, E14), and the month's forecast."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from .booking import Book, Entry
from .days import ONE_DAY, at_wall_clock, midnight, month_end, wall_clock
from .ledger import rounded
from .sales import COUNTS, FOUR_DECIMALS, gross_sales, net_sales, refunds, total

Span = tuple[datetime, datetime]
Comparison = dict[str, object]

ONE_WEEK = timedelta(days=7)
FORECAST_WEEKS = 8


def today(book: Book, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    """S1: today so far beside the same weekday of last week, up to the same time on the clock."""
    clock = wall_clock(now, zone)
    current = (midnight(clock.date(), zone), now)
    previous = (midnight(clock.date() - ONE_WEEK, zone), at_wall_clock(clock - ONE_WEEK, zone))
    return {
        "now": now,
        "net_sales": compared_money(book, net_sales, current, previous),
        "orders": compared_orders(book, current, previous),
    }


def month_to_date(book: Book, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    """This month so far beside as much wall-clock time of the month before, at most all of it."""
    clock = wall_clock(now, zone)
    first = clock.date().replace(day=1)
    first_before = (first - ONE_DAY).replace(day=1)
    elapsed = clock - datetime.combine(first, datetime.min.time())
    same_clock = datetime.combine(first_before, datetime.min.time()) + elapsed
    current = (midnight(first, zone), now)
    previous = (midnight(first_before, zone), min(at_wall_clock(same_clock, zone), current[0]))
    return {
        "now": now,
        "current": current,
        "previous": previous,
        "gross_sales": compared_money(book, gross_sales, current, previous),
        "net_sales": compared_money(book, net_sales, current, previous),
        "refunds": compared_money(book, refunds, current, previous),
        "orders": compared_orders(book, current, previous),
        "forecast_month_end": forecast_month_end(book, now, zone),
    }


def compared_money(book: Book, share: Callable[[Entry], Decimal], current: Span, previous: Span) -> Comparison:
    """A money metric of two spans."""
    return compared(total(share, book.between(*current), book.base), total(share, book.between(*previous), book.base))


def compared_orders(book: Book, current: Span, previous: Span) -> Comparison:
    """The orders of two spans."""
    count = COUNTS["orders"]
    return compared(sum(map(count, book.between(*current))), sum(map(count, book.between(*previous))))


def compared(value: Decimal | int, previous: Decimal | int) -> Comparison:
    """Both values and the change."""
    return {"value": value, "previous": previous, "change": change(value, previous)}


def change(value: Decimal | int, previous: Decimal | int) -> Decimal | str | None:
    """E13: relative, only from something above 0; "new" from 0; None where the product shows "—"."""
    if previous > 0:
        return (Decimal(value - previous) / previous).quantize(FOUR_DECIMALS, ROUND_HALF_UP)
    return "new" if previous == 0 and value != 0 else None


def forecast_month_end(book: Book, now: datetime, zone: ZoneInfo) -> Decimal | None:
    """Gross sales of the past days of this month + today's, at least a typical one + the typical days left."""
    day = wall_clock(now, zone).date()
    weeks = min(FORECAST_WEEKS, complete_weeks(book, day, zone))
    if weeks < 2:
        return None
    month_so_far = sum_between(book, midnight(day.replace(day=1), zone), midnight(day, zone))
    today_so_far = sum_between(book, midnight(day, zone), now)
    days_left = [day + timedelta(days=ahead) for ahead in range(1, (month_end(day) - day).days + 1)]
    typical_left = [typical(book, later, day, weeks, zone) for later in days_left]
    today_at_least = max(today_so_far, typical(book, day, day, weeks, zone))
    return rounded(month_so_far + today_at_least + sum(typical_left, Decimal(0)), book.base)


def complete_weeks(book: Book, today: date, zone: ZoneInfo) -> int:
    """How many whole weeks of history end yesterday."""
    counted = [entry for entry in book.entries if entry.role]
    if not counted:
        return 0
    return (today - wall_clock(counted[0].at, zone).date()).days // 7


def typical(book: Book, day: date, today: date, weeks: int, zone: ZoneInfo) -> Decimal:
    """The mean gross sales of the day's weekday over the weeks that end yesterday, empty days as 0."""
    latest = today - timedelta(days=(today - day).days % 7 or 7)
    same_weekdays = [latest - week * ONE_WEEK for week in range(weeks)]
    sums = [sum_between(book, midnight(each, zone), midnight(each + ONE_DAY, zone)) for each in same_weekdays]
    return sum(sums, Decimal(0)) / weeks


def sum_between(book: Book, start: datetime, end: datetime) -> Decimal:
    """Gross sales of [start, end)."""
    return sum((gross_sales(entry) for entry in book.between(start, end)), Decimal(0))
