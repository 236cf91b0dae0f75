"""Products beside each other and over time: ranks, curves, prices. Source: docs/metrics.md, “Products”."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from django.db.models import Sum
from django.db.models.functions import TruncDate

from analytics import engine, goods, products
from analytics.figures import UNATTRIBUTED
from analytics.lines import lines_of
from analytics.models import Generation
from analytics.products import SoldProduct
from analytics.query import By, Compare, Query
from analytics.report import Values
from analytics.spans import cover, within
from datasources.models import Booked, Product
from putler.kernel.money import Money, decimals, round_half_up
from putler.kernel.periods import Period, local_day
from putler.tenancy import tenant

_MANY_DAYS = 92  # a longer range has a curve of months
_INSTANT = timedelta(microseconds=1)
_NOBODY = (0, 0)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A product's place. `change`: places won since the period before, None where it was not sold then.

    `curve`: its revenue by day, or by month of a long range, oldest first. `new_buyers`: who never ordered it before.
    """

    rank: int
    change: int | None
    sold: SoldProduct
    curve: list[Decimal]
    buyers: int
    new_buyers: int


def leaderboard(query: Query, *, limit: int | None = None) -> list[Ranked]:
    """The products of the query's range, the most revenue first, each with its change of rank and its curve."""
    with tenant(query.account.pk):
        sold, buyers = products.sold(query)[:limit], products.buyers(query)
        generation = engine.serving(query)
        asked = query.in_zone(generation.zone)
        then = _ranks_before(asked)
        curves = _curves(asked, generation, {row.public_id for row in sold})
    none = [Decimal(0)] * len(_moments(asked, generation))
    return [
        Ranked(
            rank=rank,
            change=then[row.public_id] - rank if row.public_id in then else None,
            sold=row,
            curve=curves.get(row.public_id, none),
            buyers=buyers.get(row.public_id, _NOBODY)[0],
            new_buyers=buyers.get(row.public_id, _NOBODY)[1],
        )
        for rank, row in enumerate(sold, start=1)
    ]


def fastest_moving(query: Query) -> SoldProduct | None:
    """The product of the range with the most units: ties by revenue, then by name. None where none was sold."""
    return fastest(products.sold(query))


def fastest(sold: Iterable[SoldProduct]) -> SoldProduct | None:
    """The same of products that are known already."""
    moved = [row for row in sold if row.values["product_units"]]
    return min(moved, key=lambda row: (-_units(row), _minus_revenue(row.values), row.name), default=None)


def price_history(query: Query, product: Product) -> dict[str, dict[date, Decimal | None]]:
    """{currency: {local day: mean price of one}} over the range, before refunds, without free orders; None: no sale."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        asked = query.in_zone(generation.zone)
        lines = lines_of(query.account.pk).filter(
            query.scope.holds, within([asked.span]), kind=Booked.SALE, booking__amount__gt=0, product=product
        )
        by_day = lines.annotate(on=TruncDate("occurred_at", tzinfo=generation.zone)).values("on", "currency")
        sums = list(by_day.annotate(money=Sum("amount"), units=Sum("quantity")).order_by("currency"))
    days = list(_days(asked, generation))
    found: dict[str, dict[date, Decimal | None]] = {}
    for row in sums:
        prices = found.setdefault(row["currency"], dict.fromkeys(days))
        if row["units"]:
            price = Money.from_minor(int(row["money"]), row["currency"]).amount / int(row["units"])
            prices[row["on"]] = round_half_up(price, decimals(row["currency"]))
    return found


REVENUE = ("base_product_sold", "base_product_refunded")


def _ranks_before(query: Query) -> dict[str, int]:
    """{product: its rank in the period before}; empty where there is none."""
    report = engine.run(
        replace(query, by=By.PRODUCT, compare=query.compare or Compare.PREVIOUS, metrics=frozenset({"product_revenue"}))
    )
    groups = {key: values for key, values in report.previous_groups.items() if key != UNATTRIBUTED}
    known = products.names(query.account, groups)
    ordered = sorted(groups, key=lambda key: (_minus_revenue(groups[key]), known[key]))
    return {key: rank for rank, key in enumerate(ordered, start=1)}


def _units(row: SoldProduct) -> int:
    return int(row.values["product_units"] or 0)


def _minus_revenue(values: Values) -> Decimal:
    return -Decimal(values["product_revenue"] or 0)


def _curves(query: Query, generation: Generation, ids: Collection[str]) -> dict[str, list[Decimal]]:
    """The revenue of whole days (or months) by product; a piece of a day at an end is left out."""
    is_long = _is_long(query, generation)
    places = {moment: place for place, moment in enumerate(_moments(query, generation))}
    span = Period(*_ends(query, generation), generation.zone).interval
    covered = cover(span, generation.zone, by_day=not is_long)
    wanted = Product.objects.filter(account=query.account, public_id__in=ids)
    known = {str(public_id): number for public_id, number in wanted.values_list("public_id", "number")}
    curves = np.zeros((max(known.values(), default=0) + 1, len(places)), np.int64)
    for (on,), (number, sold, back) in goods.read(generation, covered, query.scope, REVENUE, by=["on"]):
        own = number < len(curves)
        curves[number[own], places[on.replace(day=1) if is_long else on]] += (sold - back)[own]
    return {key: [money_of(minor, generation) for minor in curves[number].tolist()] for key, number in known.items()}


def money_of(minor: int, generation: Generation) -> Decimal:
    """Minor units of the base currency as money."""
    return Money.from_minor(minor, generation.base_currency).amount


def _moments(query: Query, generation: Generation) -> list[date]:
    days = list(_days(query, generation))
    if not _is_long(query, generation):
        return days
    return sorted({day.replace(day=1) for day in days})


def _is_long(query: Query, generation: Generation) -> bool:
    first, last = _ends(query, generation)
    return (last - first).days >= _MANY_DAYS


def _ends(query: Query, generation: Generation) -> tuple[date, date]:
    return local_day(query.span.start, generation.zone), local_day(query.span.end - _INSTANT, generation.zone)


def _days(query: Query, generation: Generation) -> list[date]:
    first, last = _ends(query, generation)
    return [first + timedelta(n) for n in range((last - first).days + 1)]
