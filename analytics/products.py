"""What was sold: the products of a range by name, and who bought them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import numpy as np
from django.db.models import QuerySet, Sum

from accounts.models import Account
from analytics import engine, goods, lives, orders
from analytics.figures import UNATTRIBUTED
from analytics.lines import lines_of
from analytics.metrics.registry import METRICS
from analytics.orders import Baskets
from analytics.packing import Ints, distinct
from analytics.query import By, Query
from analytics.report import Figure, Values
from analytics.spans import within
from datasources.models import Booked, Product
from putler.kernel.money import Money, decimals, round_half_up
from putler.tenancy import tenant

_METRICS: Final = frozenset(slug for slug, metric in METRICS.items() if By.PRODUCT in metric.dims)


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """A product of a range; `values`: its figures by slug."""

    name: str
    values: Values
    public_id: str


def names(account: Account, keys: Iterable[str]) -> dict[str, str]:
    """{key of a report's group: the product's name}, no name twice: those that share one show their numbers."""
    wanted = [key for key in keys if key != UNATTRIBUTED]
    known = account.products.filter(public_id__in=wanted).order_by("number").values_list("public_id", "name", "number")
    found: dict[str, str] = {UNATTRIBUTED: UNATTRIBUTED}
    taken = {UNATTRIBUTED}
    for public_id, plain, number in known:
        name = plain if plain not in taken else f"{plain} ({number})"
        taken.add(name)
        found[str(public_id)] = name
    return found


def sold(query: Query) -> list[SoldProduct]:
    """The products of the query's range, the most revenue first."""
    with tenant(query.account.pk):
        report = engine.run(replace(query, by=By.PRODUCT, compare=None, metrics=_METRICS))
        known = names(query.account, report.groups)
    rows = [SoldProduct(known[key], values, key) for key, values in report.groups.items() if key != UNATTRIBUTED]
    return sorted(rows, key=lambda row: (-(row.values["product_revenue"] or 0), row.name))


def unattributed(query: Query) -> Figure:
    """The goods of the range that no product's line accounts for."""
    report = engine.run(replace(query, by=By.PRODUCT, compare=None, metrics=frozenset({"product_revenue"})))
    return report.groups.get(UNATTRIBUTED, {}).get("product_revenue", Decimal(0))


def pairs_of(bought: Baskets, size: int) -> Ints:
    """Each product with each known customer who ordered it, once, as one number: product × size + customer."""
    known = bought.product_buyer > 0
    return distinct(bought.product[known] * size + bought.product_buyer[known])


def buyers(query: Query) -> dict[str, tuple[int, int]]:
    """{product: (customers who ordered it in the range, those of them who never had before)}."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        span, size = query.in_zone(generation.zone).span, lives.size(query)
        past, inside = (
            pairs_of(orders.baskets(query, generation, each), size)
            for each in (lives.until(span.start, generation), span)
        )
        return _counted(inside, past, size, query.account)


def _counted(inside: Ints, past: Ints, size: int, account: Account) -> dict[str, tuple[int, int]]:
    is_new = np.isin(inside, past, assume_unique=True, invert=True)
    product = inside // size
    every, new = np.bincount(product), np.bincount(product[is_new], minlength=product.max(initial=-1) + 1)
    ids = goods.public_ids(account.pk, np.flatnonzero(every).tolist())
    return {public_id: (int(every[number]), int(new[number])) for number, public_id in ids.items()}


def prices(query: Query, only: Product | None = None) -> dict[str, dict[str, Decimal]]:
    """{product: {currency: mean price of one in the range}}, before refunds, without free orders; read from the ledger.

    `only`: of one product.
    """
    with tenant(query.account.pk):
        asked = query.in_zone(engine.serving(query).zone)
        lines = lines_of(query.account.pk).filter(
            query.scope.holds,
            within([asked.span]),
            kind=Booked.SALE,
            booking__amount__gt=0,
            product__account=query.account,
        )
        return _means(lines if only is None else lines.filter(product=only))


def _means(lines: QuerySet[Any]) -> dict[str, dict[str, Decimal]]:
    sums = lines.values("product__public_id", "currency").annotate(money=Sum("amount"), units=Sum("quantity"))
    found: dict[str, dict[str, Decimal]] = {}
    for product, currency, money, units in sums.values_list("product__public_id", "currency", "money", "units"):
        if units:
            price = Money.from_minor(int(money), currency).amount / int(units)
            found.setdefault(str(product), {})[currency] = round_half_up(price, decimals(currency))
    return found
