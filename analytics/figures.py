"""From sums to figures: totals, ratios, and the parts of a range."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from analytics.metrics.base import Metric, Ratio, Total
from analytics.query import By
from analytics.report import Figure, Values
from putler.kernel.money import decimals
from putler.kernel.periods import Interval, add_months, local_day, midnight, week_of

UNATTRIBUTED = "unattributed"  # the goods that no product's line accounts for
_INSTANT = timedelta(microseconds=1)


def evaluate(needed: Mapping[str, Metric], parts: Mapping[str, Figure], *, currency: str, by: By | None) -> Values:
    """The figures of these metrics, in the order given, parts before wholes; what cannot be known is left out.

    `parts`: {slug: figure} of the simple, distinct and elapsed ones.
    """
    values: Values = {}
    for slug, metric in needed.items():
        if metric.can_be(by) and all(part in values for part in metric.parts):
            if isinstance(metric, Total):
                values[slug] = _total(metric, values)
            elif isinstance(metric, Ratio):
                values[slug] = _ratio(metric, values[metric.numerator], values[metric.denominator], currency)
            elif slug in parts:
                values[slug] = parts[slug]
    return values


def add_revenue_of_all(products: Mapping[str | int | date | None, dict[str, Decimal | int]]) -> None:
    """Give the parts of every product what all those above zero brought together; what is unattributed has no share."""
    known = [parts for key, parts in products.items() if key is not None and "product_sold" in parts]
    revenues = [parts["product_sold"] - parts["product_refunded"] for parts in known if "product_refunded" in parts]
    positive = sum((revenue for revenue in revenues if revenue > 0), Decimal(0))
    for parts in known:
        parts["positive_product_revenue"] = positive


def elapsed(span: Interval, now: datetime, zone: ZoneInfo) -> dict[str, int]:
    """The figures of the elapsed metrics: local days begun and seconds passed."""
    end = min(span.end, now + _INSTANT)
    days = (local_day(end - _INSTANT, zone) - local_day(span.start, zone)).days + 1
    seconds = int((min(span.end, now) - span.start).total_seconds())
    return {"elapsed_days": max(days, 0), "elapsed_seconds": max(seconds, 0)}


def buckets(span: Interval, by: By, zone: ZoneInfo, *, week_start: int = 1) -> dict[date, Interval]:
    """{first day: instants} of the local days, weeks or months that a range touches, cut at its ends, oldest first.

    By hour, {the hour as clocks show it: instants}.
    """
    return dict(_hours(span, zone) if by is By.HOUR else _buckets(span, by, zone, week_start))


def label(key: str | int | date | None, by: By, names: Mapping[int, str]) -> str:
    """A group's key as a report spells it; `names`: of the sources by id."""
    match key:
        case datetime():
            return f"{key:%Y-%m-%dT%H}"
        case date():
            return f"{key:%Y-%m}" if by is By.MONTH else key.isoformat()
        case int():
            return names[key]
        case None:
            return UNATTRIBUTED
        case _:
            return str(key)


def hour_of(shown: datetime, zone: ZoneInfo) -> Interval:
    """The instants at which clocks show an hour: none that they skip, two that they repeat."""
    start, end = (moment.replace(tzinfo=zone).astimezone(UTC) for moment in (shown, shown + timedelta(hours=1)))
    return Interval(start, max(start, end))


def _hours(span: Interval, zone: ZoneInfo) -> Iterator[tuple[datetime, Interval]]:
    shown = span.start.astimezone(zone).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    while (hour := hour_of(shown, zone)).start < span.end:
        if hour.start < hour.end:
            yield shown, Interval(max(hour.start, span.start), min(hour.end, span.end))
        shown += timedelta(hours=1)


def _buckets(span: Interval, by: By, zone: ZoneInfo, week_start: int) -> Iterator[tuple[date, Interval]]:
    day = local_day(span.start, zone)
    if by is By.MONTH:
        day = day.replace(day=1)
    if by is By.WEEK:
        day = week_of(day, zone, starts_on=week_start).first
    start = midnight(day, zone)
    while start < span.end:
        after = add_months(day, 1) if by is By.MONTH else day + timedelta(7 if by is By.WEEK else 1)
        end = midnight(after, zone)
        yield day, Interval(max(start, span.start), min(end, span.end))
        day, start = after, end


def _total(metric: Total, values: Values) -> Figure:
    result: Decimal | int = 0
    for sign, slug in metric.signed:
        value = values[slug]
        if value is None:
            return None
        result += sign * value
    return result


def _ratio(metric: Ratio, numerator: Figure, denominator: Figure, currency: str) -> Figure:
    if numerator is None or denominator is None:
        return None
    return metric.of(numerator, denominator, places=decimals(currency))
