"""The rows behind a figure: their shares sum to it, to the cent."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, ExtractHour, ExtractIsoWeekDay

from analytics import engine
from analytics.figures import UNATTRIBUTED, hour_of
from analytics.lines import lines_of
from analytics.metrics.base import Distinct, LineSum, Metric, Simple, Total, Unit
from analytics.metrics.registry import DECLARED
from analytics.query import By, Query
from analytics.spans import within
from analytics.sums import UNKNOWN
from datasources.models import Booking
from putler.kernel.periods import add_months, midnight


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a figure comes about.

    `rows`: bookings, newest first (page by `occurred_at` and `pk`), each with `share`: minor units of `currency`, or a
    count; their sum is the figure. Of a distinct figure: the rows that it looks at, without shares. Of a ratio: none.
    `parts`: the numerator and the denominator of a ratio, the terms of a total.
    """

    metric: Metric
    rows: QuerySet[Any]
    parts: tuple[Metric, ...]
    currency: str


def explain(slug: str, query: Query, *, group: str | None = None, hour: tuple[int, int] | None = None) -> Explanation:
    """The rows behind a figure of the query's range, or of one of its groups. Inside tenant().

    `hour`: only rows of this ISO weekday and hour.

    Money is in the base currency: in a display currency no row has an exact share.
    """
    generation = engine.serving(query)
    metric = DECLARED[slug]
    asked = query.in_zone(generation.zone)
    rows = Booking.objects.filter(
        asked.scope.holds, _group(asked, group, generation.zone), within([asked.span]), account=asked.account
    )
    if hour:
        weekday, on_clocks = (part("occurred_at", tzinfo=generation.zone) for part in (ExtractIsoWeekDay, ExtractHour))
        rows = rows.alias(weekday=weekday, on_clocks=on_clocks).filter(weekday=hour[0], on_clocks=hour[1])
    if any(isinstance(measure, LineSum) for _, measure in leaves(metric)):
        lines = lines_of(asked.account.pk).filter(_product(group) if asked.by is By.PRODUCT else Q())
        explained = _explained_by_lines(metric, rows, lines)
    else:
        explained = _explained(metric, rows)
    explained = explained.order_by("-occurred_at", "-pk")
    return Explanation(metric, explained, tuple(DECLARED[part] for part in metric.parts), generation.base_currency)


def after(rows: QuerySet[Any], *, occurred_at: datetime, pk: int) -> QuerySet[Any]:
    """The rows that follow one on the page before."""
    earlier = Q(occurred_at__lt=occurred_at) | Q(occurred_at=occurred_at, pk__lt=pk)
    return rows.filter(earlier, occurred_at__lte=occurred_at)  # the second is for the index


def leaves(metric: Metric, sign: int = 1) -> list[tuple[int, Simple]]:
    """The measures that a metric adds up, each with 1 or -1."""
    if isinstance(metric, Simple):
        return [(sign, metric)]
    if not isinstance(metric, Total):
        return []
    return [leaf for of_term, slug in metric.signed for leaf in leaves(DECLARED[slug], sign * of_term)]


def _explained(metric: Metric, rows: QuerySet[Any]) -> QuerySet[Any]:
    match metric:
        case Simple() | Total():
            measures = leaves(metric)
            where, share = Q(pk__in=[]), None
            for sign, measure in measures:
                where |= measure.where
                term = _share(measure, alone=len(measures) == 1)
                term = term if sign > 0 else Value(0) - term
                share = term if share is None else share + term
            known = Q(base_amount__isnull=False) if metric.unit is Unit.MONEY else Q()
            rows = rows.filter(known, where).annotate(share=share)
        case Distinct():
            rows = rows.filter(metric.where).annotate(share=Cast(Value(None), BigIntegerField()))
        case _:
            rows = rows.none()
    return rows


def _explained_by_lines(metric: Metric, rows: QuerySet[Any], lines: QuerySet[Any]) -> QuerySet[Any]:
    """The bookings of which a figure adds up lines, each with what its lines add."""
    where = Q(pk__in=[])
    share: Combinable = Value(0, output_field=BigIntegerField())
    for sign, measure in leaves(metric):
        counted = lines.filter(measure.where)
        where |= Q(pk__in=counted.values("booking_id"))
        total = Sum(measure.share("base_" if measure.is_money else ""))
        of_row = counted.filter(booking=OuterRef("pk")).values("booking_id").annotate(total=total).values("total")
        share = share + Value(sign) * Coalesce(Subquery(of_row), Value(0), output_field=BigIntegerField())
    known = Q(base_amount__isnull=False) if metric.unit is Unit.MONEY else Q()
    explained: QuerySet[Any] = rows.filter(known, where).annotate(share=share)
    return explained


def _product(group: str | None) -> Q:
    if group is None:
        return Q()
    return Q(product=None) if group == UNATTRIBUTED else Q(product__public_id=group)


def _share(measure: Simple, *, alone: bool) -> Combinable:
    prefix = "base_" if measure.is_money else ""
    return measure.share(prefix) if alone else measure.conditional_share(prefix)


def _group(query: Query, group: str | None, zone: ZoneInfo) -> Q:
    match query.by:
        case _ if group is None or query.by is By.PRODUCT:
            return Q()
        case By.SOURCE:
            return Q(source__name=group, source__unlinked_at=None)
        case By.CURRENCY:
            return Q(presentment_currency=group)
        case By.COUNTRY:
            return Q(country=None) if group == UNKNOWN else Q(country=group)
        case _:
            return _part(query, group, zone)


def _part(query: Query, group: str, zone: ZoneInfo) -> Q:
    if query.by is By.HOUR:
        return within([hour_of(datetime.strptime(group, "%Y-%m-%dT%H"), zone)])  # noqa: DTZ007  as clocks show it
    first = date.fromisoformat(f"{group}-01" if query.by is By.MONTH else group)
    after_it = add_months(first, 1) if query.by is By.MONTH else first + timedelta(7 if query.by is By.WEEK else 1)
    return Q(occurred_at__gte=midnight(first, zone), occurred_at__lt=midnight(after_it, zone))
