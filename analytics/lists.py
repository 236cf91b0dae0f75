"""Lists and comparisons that are more than one figure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
from django.db.models import F, Sum

from analytics import engine, hours, sums
from analytics.buyers import TYPES, Buyers, gathered
from analytics.forecast import WEEKS, forecast_month_end
from analytics.models import Generation, RollupCustomer
from analytics.query import By, Query
from analytics.report import Cell
from analytics.spans import cover, within
from analytics.storing import stored
from datasources.models import Booking, Customer, DuplicateLink, SourceKind, Status, Transaction
from putler.kernel.money import Money, decimals, round_half_up
from putler.kernel.periods import Interval, Period, instant_of, local_day, midnight, month_of
from putler.tenancy import tenant


@dataclass(frozen=True, slots=True)
class TopCustomer:
    """A customer of a range. Money in the base currency; `units`: sold."""

    customer: Customer
    net_sales: Decimal
    orders: int
    units: int
    aov: Decimal
    last_order_at: datetime


def top_customers(query: Query, *, limit: int | None = None) -> list[TopCustomer]:
    """The paying customers of the query's range: the most net sales first, ties by key."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        found = _customers(query, generation)
        if found is None:
            return []
        paying = np.flatnonzero(found.orders > 0)
        if limit is not None and len(paying) > limit:
            least = np.partition(found.net[paying], -limit)[-limit]  # whoever ties with the last must be looked at
            paying = paying[found.net[paying] >= least]
        numbers = found.number[paying].tolist()
        people = Customer.objects.filter(account=query.account, number__in=numbers)
        places = dict(zip(numbers, paying.tolist(), strict=True))
        rows = (_top_customer(found, places[one.number], one, generation.base_currency) for one in people)
        return sorted(rows, key=lambda row: (-row.net_sales, row.customer.key))[:limit]


@dataclass(frozen=True, slots=True)
class SoFar:
    """A running period beside the same elapsed part of an earlier one. `cells`: {slug: figure with its change}."""

    now: datetime
    current: Interval
    previous: Interval
    cells: dict[str, Cell]
    forecast_month_end: Decimal | None = None  # gross sales


def month_to_date(query: Query) -> SoFar:
    """This month up to `query.now` beside the month before; with the forecast. The query's period is not looked at."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        month = month_of(local_day(query.now, generation.zone), generation.zone)
        found = _so_far(query, month, month.previous(), ("gross_sales", "net_sales", "refunds", "orders"))
        return replace(found, forecast_month_end=_forecast(query, generation))


def today(query: Query) -> SoFar:
    """Today up to `query.now` beside the same weekday of last week. The query's period is not looked at."""
    with tenant(query.account.pk):
        zone = engine.serving(query).zone
        day = local_day(query.now, zone)
        week_before = Period(day - timedelta(7), day - timedelta(7), zone)
        return _so_far(query, Period(day, day, zone), week_before, ("net_sales", "orders"))


@dataclass(frozen=True, slots=True)
class Hour:
    """The sales of one hour of the week. `weekday`: 1 is Monday. `gross_sales`: base currency; `sales`: free ones too.

    `occurred`: how often the clocks showed this hour in the range, up to now.
    """

    weekday: int
    hour: int
    sales: int
    orders: int
    gross_sales: Decimal
    occurred: float


def heatmap(query: Query) -> list[Hour]:
    """The sales of the query's range in the 168 hours of the week, Monday's first. Refunds are not in them."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        span = query.in_zone(generation.zone).span
        found = hours.read(generation, cover(span, generation.zone), query.scope.holds)
        often = hours.occurrences(Interval(span.start, max(span.start, min(span.end, query.now))), generation.zone)
    money = [Money.from_minor(minor, generation.base_currency).amount for minor in found.gross.tolist()]
    figures = zip(found.sales.tolist(), found.orders.tolist(), money, often, strict=True)
    return [Hour(place // 24 + 1, place % 24, *figures) for place, figures in enumerate(figures)]


def duplicates(query: Query) -> list[DuplicateLink]:
    """The store rows that a gateway's row in view repeats, with both rows, by the store row's external id."""
    links = DuplicateLink.objects.filter(
        account=query.account, store_row__source__in=query.scope.sources, gateway_row__source__in=query.scope.sources
    )
    return list(links.select_related("store_row", "gateway_row").order_by("store_row__external_id"))


def balance_change(query: Query) -> dict[tuple[str, str], Money]:
    """{(gateway, currency): amounts less fees} of everything that settled there, payouts and adjustments included."""
    rows = Transaction.objects.filter(
        within([query.span]),
        account=query.account,
        source__in=query.scope.sources,
        source__kind=SourceKind.GATEWAY,
        status=Status.SETTLED,
    )
    changes = rows.values("source__name", "currency").annotate(change=Sum(F("amount") - F("fee")))
    return {
        (name, currency): Money.from_minor(int(change), currency)
        for name, currency, change in changes.values_list("source__name", "currency", "change").order_by(
            "source__name", "currency"
        )
    }


def _customers(query: Query, generation: Generation) -> Buyers | None:
    covered = cover(query.in_zone(generation.zone).span, generation.zone)
    whole = Buyers.read_joined(stored(RollupCustomer, TYPES, generation, covered, query.scope).rows())
    if not covered.pieces:
        return whole if len(whole.number) else None
    bookings = Booking.objects.filter(within(covered.pieces), query.scope.holds)
    parts = [whole, *(found for _, found in gathered(query.account.pk, bookings))]
    return Buyers.joined(parts)


def _top_customer(found: Buyers, place: int, customer: Customer, currency: str) -> TopCustomer:
    orders, gross = int(found.orders[place]), Money.from_minor(int(found.gross[place]), currency).amount
    return TopCustomer(
        customer=customer,
        net_sales=Money.from_minor(int(found.net[place]), currency).amount,
        orders=orders,
        units=int(found.units[place]),
        aov=round_half_up(gross / orders, decimals(currency)),
        last_order_at=instant_of(int(found.last_at[place])),
    )


def _so_far(query: Query, period: Period, other: Period, slugs: tuple[str, ...]) -> SoFar:
    current = Interval(period.start, query.now)
    previous = other.elapsed_like(period, now=query.now)
    asked = replace(query, by=None, compare=None, metrics=frozenset(slugs))
    report, earlier = (engine.run(replace(asked, period=span)) for span in (current, previous))
    beside = replace(report, compared=previous, previous=earlier.values)
    return SoFar(query.now, current, previous, {slug: beside.cell(slug) for slug in slugs})


def _forecast(query: Query, generation: Generation) -> Decimal | None:
    day = local_day(query.now, generation.zone)
    since = sums.first_day(query, generation)
    first = min(day.replace(day=1), day - timedelta(weeks=WEEKS))
    span = Interval(midnight(first, generation.zone), query.now)
    asked = replace(query, period=span, by=By.DAY, compare=None, metrics=frozenset({"gross_sales"}))
    report = engine.run(asked)
    gross = {date.fromisoformat(key): Decimal(values["gross_sales"] or 0) for key, values in report.groups.items()}
    return forecast_month_end(gross, today=day, since=since, places=decimals(report.currency))
