"""The rollups of hours: sales by the hour that the account's clocks showed. Source: docs/metrics.md, “By the hour”."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import ExtractHour, TruncDate
from numpy.typing import NDArray

from analytics.metrics.base import BASE
from analytics.metrics.sales import ORDERED
from analytics.models import Generation, Grain, RollupHour
from analytics.spans import Cover, consecutive, within
from analytics.storing import insert
from datasources.models import Booked, Booking
from putler.kernel.periods import Interval, local_day, midnight

Ints = NDArray[np.int64]
TYPES = {"sales": "<i4", "orders": "<i4", "gross": "<i8"}
DAY, WEEK = 24, 168
_QUARTER = timedelta(minutes=15)  # every zone's clocks are set by whole quarters of an hour
_KEY = ("source_id", "present", "absent")


def _zeros() -> Ints:
    return np.zeros(WEEK, np.int64)


@dataclass(frozen=True, slots=True)
class Hours:
    """Figures by hour of the week, Monday's 0 o'clock first, in the units of `RollupHour`."""

    sales: Ints = field(default_factory=_zeros)
    orders: Ints = field(default_factory=_zeros)
    gross: Ints = field(default_factory=_zeros)

    def add(self, on: date, row: RollupHour) -> None:
        """Add a stored day or month."""
        for name, kind in TYPES.items():
            stored = np.frombuffer(getattr(row, name), kind)
            start = on.weekday() * DAY if len(stored) == DAY else 0
            getattr(self, name)[start : start + len(stored)] += stored

    def stored(self, part: slice) -> dict[str, bytes]:
        """The columns of a `RollupHour`; equal figures give equal bytes."""
        return {name: getattr(self, name)[part].astype(kind).tobytes() for name, kind in TYPES.items()}


def read(generation: Generation, covered: Cover, holds: Q) -> Hours:
    """The sales of a range by hour of the week, out of the sources that the condition says."""
    found = Hours()
    own = {"account_id": generation.account_id}
    for row in RollupHour.objects.filter(covered.rollups, holds, generation_id=generation.pk, **own):
        found.add(row.on, row)
    for piece in covered.pieces:
        for on, _, hour, figures in _summed(Booking.objects.filter(within([piece]), holds, **own), generation.zone):
            _put(found, on, hour, figures)
    return found


def write_days(generation: Generation, days: Collection[date]) -> None:
    """Sum the sales of some local days by hour anew."""
    rows = Booking.objects.filter(within(consecutive(days, generation.zone)), account_id=generation.account_id)
    parts: dict[tuple[date, Any], Hours] = defaultdict(Hours)
    for on, key, hour, figures in _summed(rows, generation.zone, generation.money):
        _put(parts[on, key], on, hour, figures)
    _of(generation, Grain.DAY).filter(on__in=days).delete()
    rows_of = ((on, *_thawed(key), *_stored_day(on, hours).values()) for (on, key), hours in parts.items())
    insert(RollupHour, generation, Grain.DAY, rows_of)


def write_months(generation: Generation, first: date, last: date) -> None:
    """Add up the day rows of local months anew, from the first day of one to the last of another."""
    parts: dict[tuple[date, Any], Hours] = defaultdict(Hours)
    for row in _of(generation, Grain.DAY).filter(on__range=(first, last)).iterator():
        key = row.source_id, _frozen(row.present), _frozen(row.absent)
        parts[row.on.replace(day=1), key].add(row.on, row)
    _of(generation, Grain.MONTH).filter(on__range=(first, last)).delete()
    whole = slice(0, WEEK)
    rows = ((on, *_thawed(key), *hours.stored(whole).values()) for (on, key), hours in parts.items())
    insert(RollupHour, generation, Grain.MONTH, rows)


def occurrences(span: Interval, zone: ZoneInfo) -> list[float]:
    """How often each hour of the week occurred: skipped by the clocks 0 times, repeated twice, cut ones in part."""
    found: Counter[int] = Counter()
    day = local_day(span.start, zone)
    while (start := midnight(day, zone)) < span.end:
        end = midnight(day + timedelta(1), zone)
        if end - start == timedelta(days=1) and span.start <= start and end <= span.end:
            found.update({day.weekday() * DAY + hour: 4 for hour in range(DAY)})
        else:
            found.update(_quarters(Interval(max(start, span.start), min(end, span.end)), zone))
        day += timedelta(1)
    return [found[place] / 4 for place in range(WEEK)]


def _quarters(span: Interval, zone: ZoneInfo) -> Iterator[int]:
    instant: datetime = span.start
    while instant < span.end:
        local = instant.astimezone(zone)
        yield local.weekday() * DAY + local.hour
        instant += _QUARTER


def _summed(
    bookings: QuerySet[Any], zone: ZoneInfo, money: str = BASE
) -> Iterator[tuple[date, Any, int, tuple[int, ...]]]:
    """(local day, key, local hour, (sales, orders, gross)) of the sales among some bookings."""
    sales = bookings.filter(kind=Booked.SALE).annotate(
        local=TruncDate("occurred_at", tzinfo=zone), hour=ExtractHour("occurred_at", tzinfo=zone)
    )
    figures = {
        "found": Count("pk"),
        "ordered": Count("pk", filter=ORDERED),
        "money": Sum(F(f"{money}amount"), default=0),
    }
    rows = sales.values("local", "hour", *_KEY).annotate(**figures).values_list("local", "hour", *_KEY, *figures)
    for on, hour, source_id, present, absent, *sums in rows.order_by():
        yield on, (source_id, _frozen(present), _frozen(absent)), hour, tuple(map(int, sums))


def _put(hours: Hours, on: date, hour: int, figures: tuple[int, ...]) -> None:
    for name, value in zip(TYPES, figures, strict=True):
        getattr(hours, name)[on.weekday() * DAY + hour] += value


def _stored_day(on: date, hours: Hours) -> dict[str, bytes]:
    start = on.weekday() * DAY
    return hours.stored(slice(start, start + DAY))


def _of(generation: Generation, grain: Grain) -> QuerySet[RollupHour]:
    return RollupHour.objects.filter(account_id=generation.account_id, generation=generation, grain=grain)


def _frozen(ids: list[int] | None) -> tuple[int, ...] | None:
    return None if ids is None else tuple(ids)


def _thawed(key: tuple[Any, ...]) -> tuple[Any, ...]:
    source_id, *condition = key
    return source_id, *(None if ids is None else list(ids) for ids in condition)
