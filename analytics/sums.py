"""Reading sums: from the rollups for whole days and months, from the bookings for pieces of days."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    CharField,
    DateField,
    DateTimeField,
    ExpressionWrapper,
    F,
    IntegerField,
    Min,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, ExtractIsoWeekDay, TruncHour, TruncMonth

from analytics import goods
from analytics.conversion import Rates
from analytics.lines import lines_of
from analytics.metrics.base import Simple
from analytics.models import Generation, Grain, RollupCountry, RollupTotal
from analytics.query import By, Query
from analytics.spans import Cover, within
from analytics.storing import Select, stored
from datasources.models import Booking
from putler.kernel.money import decimals, round_half_up
from putler.kernel.periods import Interval, local_day, week_of

Table = type[RollupTotal] | type[RollupCountry]
Key = str | int | date | None
UNKNOWN = "unknown"

Cuts = Mapping[By | None, Sequence[Simple]]  # what is asked by each cut; None: of the whole range
Sums = dict[str, Decimal | int]  # one group's measures by slug: money in major units, counts as they are


@dataclass(frozen=True, slots=True)
class Row:
    """Minor units and counts by measure; of one currency and one day of a group where they must be told apart."""

    key: Key
    currency: str
    on: date
    sums: Mapping[str, int]


def read(query: Query, generation: Generation, covered: Cover, cuts: Cuts) -> dict[By | None, list[Row]]:
    """The sums of a range by each cut: one query to a table of rollups for all cuts, one a cut to a piece of a day.

    Money is in the base currency; of a query with a display currency in each row's own, by day. The whole range comes
    by currency, to tell what could not be converted.
    """
    found: dict[By | None, list[Row]] = {by: [] for by in cuts}
    if By.PRODUCT in cuts:
        found[By.PRODUCT] += _of_products(query, generation, covered, cuts[By.PRODUCT])
    tables: dict[By | None, Table] = {by: _table(by) for by in cuts if by is not By.PRODUCT}
    for table in set(tables.values()) if covered.runs else ():
        here = {by: cuts[by] for by in tables if tables[by] is table}
        if query.currency is None:
            columns = dict.fromkeys([*(_KEPT_IN[by] for by in here), *(_base(m) for ms in here.values() for m in ms)])
            rows = stored(table, columns, generation, covered, query.scope)
            _sum_at_once(rows, here, week_start=query.account.week_start, into=found)
        else:
            own = {"account_id": generation.account_id, "generation_id": generation.pk}
            kept = table._default_manager.filter(covered.rollups, query.scope.holds, **own)
            for by, measures in here.items():
                key = _rollup_key(by, query.account.week_start)
                natively = kept.annotate(key=key, of=F("currency"), day=F("on"))
                found[by] += _rows(natively, {m.slug: Sum(m.column(is_native=True)) for m in measures})
    for piece in covered.pieces:
        for by, measures in cuts.items():
            found[by] += _of_piece(query, generation, piece, measures, by)
    return found


def _of_products(query: Query, generation: Generation, covered: Cover, measures: Sequence[Simple]) -> Iterator[Row]:
    """The sums of whole days and months by product."""
    is_native = query.currency is not None
    slugs, columns = [m.slug for m in measures], [m.column(is_native=is_native) for m in measures]
    by = ("currency", "on") if is_native else ()
    for key, arrays in goods.read(generation, covered, query.scope, columns, by=by):
        currency, on = key if is_native else ("", date.min)
        for number, *values in zip(*(array.tolist() for array in arrays), strict=True):
            yield Row(number or None, currency, on, dict(zip(slugs, values, strict=True)))


def _of_piece(
    query: Query, generation: Generation, piece: Interval, measures: Sequence[Simple], by: By | None
) -> Iterator[Row]:
    """The sums of a piece of a day, from its bookings."""
    is_native, on = query.currency is not None, local_day(piece.start, generation.zone)
    booked = lines_of(query.account.pk) if by is By.PRODUCT else Booking.objects.filter(account=query.account)
    rows: QuerySet[Any] = booked.filter(within([piece]), query.scope.holds)
    currency = F("currency") if is_native or by is None else _ANY
    key = _piece_key(by, on, query, generation.zone)
    rows = rows.annotate(key=key, of=currency, day=_date(on) if is_native else _NO_DAY)
    return _rows(rows, {m.slug: dict(m.sums())[m.column(is_native=is_native)] for m in measures})


def _sum_at_once(rows: Select, cuts: Cuts, *, week_start: int, into: dict[By | None, list[Row]]) -> None:
    """Sum stored rows by every cut in one statement that reads them once."""
    columns = {m.slug: _base(m) for measures in cuts.values() for m in measures}
    keys = [_KEY[by].format(behind=7 - week_start) for by in cuts]
    heads = ", ".join(keys)
    sets = ", ".join(f"({key})" for key in keys)
    sums = "".join(f", sum({column})" for column in columns.values())
    summed = f"SELECT GROUPING({heads}), {heads}{sums} FROM ({rows.sql}) AS stored GROUP BY GROUPING SETS ({sets})"  # noqa: S608
    for mask, *values in Select(summed, rows.params).rows():
        place = len(keys) - (~mask & (2 ** len(keys) - 1)).bit_length()  # the one key whose bit is not set
        by, key = list(cuts)[place], values[place]
        figures = dict(zip(columns, (int(value or 0) for value in values[len(keys) :]), strict=True))
        into[by].append(Row(0, key, date.min, figures) if by is None else Row(key, "", date.min, figures))


def total(rows: Sequence[Row], measures: Sequence[Simple], currency: str, rates: Rates | None) -> Sums:
    """Rows added up in one currency: the base currency, or with `rates` another, each row at its day's rate."""
    sums: Sums = {}
    places = decimals(currency)
    for slug, is_money in ((measure.slug, measure.is_money) for measure in measures):
        if rates is None or not is_money:
            whole = sum([row.sums[slug] for row in rows])
            sums[slug] = Decimal(whole).scaleb(-places) if is_money else whole
        else:
            parts = (rates.convert(row.sums[slug], row.currency, row.on) for row in rows)
            sums[slug] = round_half_up(sum(filter(None, parts), Decimal(0)), places)
    return sums


def unconverted(rows: Sequence[Row], rates: Rates | None) -> dict[str, int]:
    """{currency: bookings} that no money of these rows contains."""
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        if rates is None:
            found[row.currency] += row.sums["unconverted"]
        elif rates.convert(1, row.currency, row.on) is None:
            found[row.currency] += row.sums["movements"]
    return {currency: found[currency] for currency in sorted(found) if found[currency]}


def first_day(query: Query, generation: Generation) -> date | None:
    """The first local day with a movement, in the query's scope."""
    days = RollupTotal.objects.filter(
        query.scope.holds, account=query.account, generation_id=generation.pk, grain=Grain.DAY, movements__gt=0
    )
    first: date | None = days.aggregate(first=Min("on"))["first"]
    return first


def _date(on: date) -> Value:
    return Value(on, output_field=DateField())


_NO_DAY = _date(date.min)
_ANY = Value("", output_field=CharField())


def _rows(rows: QuerySet[Any], sums: Mapping[str, Any]) -> Iterator[Row]:
    named = {f"sum_{slug}": total for slug, total in sums.items()}  # a column may have a measure's name
    grouped = rows.values("key", "of", "day").annotate(**named).values_list("key", "of", "day", *named)
    for key, currency, on, *values in grouped.order_by():
        yield Row(_shown(key), currency, on, dict(zip(sums, (int(value or 0) for value in values), strict=True)))


def _shown(key: Key) -> Key:
    """An hour as the clocks showed it."""
    return key.replace(tzinfo=None) if isinstance(key, datetime) else key


def _rollup_key(by: By | None, week_start: int) -> Combinable:
    match by:
        case By.MONTH:
            return TruncMonth("on")
        case By.WEEK:
            return _first_of_week(F("on"), week_start)
        case By.DAY:
            return F("on")
        case _:
            return _booking_key(by, on=date.min)


def _piece_key(by: By | None, on: date, query: Query, zone: ZoneInfo) -> Combinable:
    match by:
        case By.HOUR:
            return TruncHour("occurred_at", tzinfo=zone, output_field=DateTimeField())
        case By.WEEK:
            return _date(week_of(on, zone, starts_on=query.account.week_start).first)
        case _:
            return _booking_key(by, on)


def _first_of_week(on: F, week_start: int) -> Combinable:
    days = Cast((ExtractIsoWeekDay(on) + Value(7 - week_start)) % Value(7), IntegerField())
    return ExpressionWrapper(on - days, output_field=DateField())


def _booking_key(by: By | None, on: date) -> Combinable:
    match by:
        case By.MONTH:
            return _date(on.replace(day=1))
        case By.DAY:
            return _date(on)
        case None:
            return Value(0)
        case _:
            return _COLUMN[by]


def _base(measure: Simple) -> str:
    return measure.column(is_native=False)


def _table(by: By | None) -> Table:
    return RollupCountry if by is By.COUNTRY else RollupTotal


# By what stored rows are grouped, and the column that it is made of.
_KEY: dict[By | None, str] = {
    None: "currency",
    By.MONTH: "date_trunc('month', \"on\")::date",
    By.WEEK: '"on" - (extract(isodow FROM "on")::int + {behind}) %% 7',
    By.DAY: '"on"',
    By.SOURCE: "source_id",
    By.CURRENCY: "presentment_currency",
    By.COUNTRY: f"coalesce(country, '{UNKNOWN}')",
}
_KEPT_IN: dict[By | None, str] = {
    None: "currency",
    By.MONTH: "on",
    By.WEEK: "on",
    By.DAY: "on",
    By.SOURCE: "source_id",
    By.CURRENCY: "presentment_currency",
    By.COUNTRY: "country",
}
_COLUMN: dict[By, Combinable] = {
    By.SOURCE: F("source_id"),
    By.CURRENCY: F("presentment_currency"),
    By.COUNTRY: Coalesce("country", Value(UNKNOWN)),
    By.PRODUCT: F("product__number"),
}
