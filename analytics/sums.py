"""Reading sums: from the rollups for whole days and months, from the bookings for pieces of days."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DateField, F, QuerySet, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, TruncMonth

from analytics.conversion import Rates
from analytics.metrics.base import Simple
from analytics.models import Generation, RollupCountry, RollupTotal
from analytics.query import By, Query
from analytics.spans import Cover, within
from datasources.models import Booking
from putler.kernel.money import decimals, round_half_up
from putler.kernel.periods import local_day

Key = str | int | date | None
UNKNOWN = "unknown"

Figure = Decimal | int | None
Sums = dict[str, Decimal | int]  # one group's measures by slug: money in major units, counts as they are


@dataclass(frozen=True, slots=True)
class Row:
    """The sums of one group in one currency; of one day (`on`) where money is converted at its rate."""

    key: Key
    currency: str
    on: date
    columns: Mapping[str, int]


def read(
    query: Query, generation: Generation, covered: Cover, *, measures: Sequence[Simple], by: By | None
) -> Iterator[Row]:
    """The sums of a range by group and currency: one query to the rollups, one for each piece of a day."""
    daily = query.currency is not None
    columns = [column for measure in measures for column in measure.columns]
    table = RollupCountry if by is By.COUNTRY else RollupTotal
    rows: QuerySet[Any]
    if covered.runs:
        rows = table._default_manager.filter(
            covered.rollups, query.scope.holds, account_id=generation.account_id, generation_id=generation.pk
        )
        rows = rows.annotate(key=_rollup_key(by), day=F("on") if daily else _NO_DAY)
        yield from _rows(rows, columns, {f"sum_{column}": Sum(column) for column in columns})
    aggregates = {f"sum_{column}": total for measure in measures for column, total in measure.sums()}
    for piece in covered.pieces:
        on = local_day(piece.start, generation.zone)
        rows = Booking.objects.filter(within([piece]), query.scope.holds, account_id=generation.account_id)
        rows = rows.annotate(key=_booking_key(by, on), day=_date(on) if daily else _NO_DAY)
        yield from _rows(rows, columns, aggregates)


def total(rows: Sequence[Row], measures: Sequence[Simple], currency: str, rates: Rates | None) -> Sums:
    """Rows added up in one currency: their base columns, or with `rates` their native ones, each at its day's rate."""
    sums: Sums = {}
    for measure in measures:
        if not measure.is_money:
            sums[measure.slug] = sum(row.columns[measure.slug] for row in rows)
        elif rates is None:
            minor = sum(row.columns[f"base_{measure.slug}"] for row in rows)
            sums[measure.slug] = Decimal(minor).scaleb(-decimals(currency))
        else:
            parts = (rates.convert(row.columns[f"native_{measure.slug}"], row.currency, row.on) for row in rows)
            sums[measure.slug] = round_half_up(sum(filter(None, parts), Decimal(0)), decimals(currency))
    return sums


def unconverted(rows: Sequence[Row], rates: Rates | None) -> dict[str, int]:
    """{currency: bookings} that no money of these rows contains."""
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        if rates is None:
            found[row.currency] += row.columns["unconverted"]
        elif rates.convert(1, row.currency, row.on) is None:
            found[row.currency] += row.columns["movements"]
    return {currency: found[currency] for currency in sorted(found) if found[currency]}


def _date(on: date) -> Value:
    return Value(on, output_field=DateField())


_NO_DAY = _date(date.min)


def _rows(rows: QuerySet[Any], columns: Sequence[str], sums: Mapping[str, Any]) -> Iterator[Row]:
    grouped = rows.values("key", "currency", "day").annotate(**sums).values_list("key", "currency", "day", *sums)
    for key, currency, on, *values in grouped.order_by():
        yield Row(key, currency, on, dict(zip(columns, (int(value or 0) for value in values), strict=True)))


def _rollup_key(by: By | None) -> Combinable:
    match by:
        case By.MONTH:
            return TruncMonth("on")
        case By.DAY:
            return F("on")
        case _:
            return _booking_key(by, on=date.min)


def _booking_key(by: By | None, on: date) -> Combinable:
    match by:
        case By.MONTH:
            return _date(on.replace(day=1))
        case By.DAY:
            return _date(on)
        case By.SOURCE:
            return F("source_id")
        case By.CURRENCY:
            return F("presentment_currency")
        case By.COUNTRY:
            return Coalesce("country", Value(UNKNOWN))
        case None:
            return Value(0)
