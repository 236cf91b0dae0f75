"""What is bought with what, and what customers buy first. Source: docs/metrics.md, “Products”."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from django.db.models import BigIntegerField, F, QuerySet
from django.db.models.functions import Coalesce

from analytics import engine, lives, products
from analytics.lines import lines_of
from analytics.metrics.customers import KNOWN
from analytics.metrics.sales import ORDERED
from analytics.packing import Groups, Ints
from analytics.query import Query
from analytics.spans import within
from datasources.models import Booking, Customer, Product
from putler.kernel.money import round_half_up
from putler.tenancy import tenant

PLACES = 4
LEAST = 2  # orders that a pair must share to be listed


@dataclass(frozen=True, slots=True)
class Pair:
    """Two products in one order. `support`: of all orders with products; `confidence`: of the first one's orders that
    hold the second too, and the other way round; `lift`: how often they meet ÷ how often chance would have it."""

    first: str
    second: str
    keys: tuple[str, str]  # their public ids
    orders: int
    support: Decimal
    confidence: Decimal
    confidence_back: Decimal
    lift: Decimal


@dataclass(frozen=True, slots=True)
class FirstProduct:
    """New customers whose first order holds the product; `repeat_rate`: who of them ordered twice by the end."""

    name: str
    key: str  # its public id
    new_customers: int
    share: Decimal
    repeat_rate: Decimal


def bought_together(query: Query, *, least: int = LEAST) -> list[Pair]:
    """The pairs of products that met in orders of the range: the most orders first, then by lift, then by name."""
    with tenant(query.account.pk):
        asked = query.in_zone(engine.serving(query).zone)
        found = _baskets(asked)
        named = _names(asked, {product for pair in found.together for product in pair})
    pairs = (_pair(named, pair, count, found) for pair, count in found.together.items() if count >= least)
    return sorted(pairs, key=lambda pair: (-pair.orders, -pair.lift, pair.first, pair.second))


def first_products(query: Query) -> list[FirstProduct]:
    """What the range's new customers bought first: the most of them first, then by name."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        asked = query.in_zone(generation.zone)
        firsts = _first_orders(asked)
        found = lives.before(asked, generation, asked.span.end)
        numbers = dict(
            Customer.objects.filter(account=query.account, pk__in=firsts.values()).values_list("pk", "number")
        )
        lines = _lines(asked).filter(order_of__in=firsts.keys(), occurred_at__lt=asked.span.end)
        buyers: dict[int, set[int]] = defaultdict(set)
        for order, product in lines.values_list("order_of", "product_id").order_by():
            buyers[product].add(numbers[firsts[order]])
        named = _names(asked, buyers)
    rows = [
        FirstProduct(
            name=named[product][0],
            key=named[product][1],
            new_customers=len(those),
            share=_ratio(len(those), len(firsts)),
            repeat_rate=_ratio(sum(found.orders[number] > 1 for number in those), len(those)),
        )
        for product, those in buyers.items()
    ]
    return sorted(rows, key=lambda row: (-row.new_customers, row.name))


def _lines(query: Query) -> QuerySet[Any]:
    """The lines that date an order for a product, with the movement that dates the order: `order_of`."""
    lines = lines_of(query.account.pk).filter(query.scope.holds, is_order=True, product__isnull=False)
    found: QuerySet[Any] = lines.annotate(
        order_of=Coalesce("order_row", F("booking__transaction_id"), output_field=BigIntegerField())
    )
    return found


@dataclass(frozen=True, slots=True)
class _Baskets:
    """How many orders there are, those with a product, and those with a pair of them (the lower id first)."""

    orders: int
    alone: dict[int, int]
    together: dict[tuple[int, int], int]


def _baskets(query: Query) -> _Baskets:
    lines = _lines(query).filter(within([query.span])).values_list("order_of", "product_id")
    order, product = Groups.fetched(lines, (), ("order_of", "product_id")).figures
    if not len(order):
        return _Baskets(0, {}, {})
    known, alone = np.unique(product, return_counts=True)
    held = _distinct((order - order.min()) * len(known) + np.searchsorted(known, product))
    of, place = np.divmod(held, len(known))
    pairs, together = np.unique(_pairs(of, place, len(known)), return_counts=True)
    one, other = (known[places].tolist() for places in np.divmod(pairs, len(known)))
    return _Baskets(
        orders=len(_distinct(of)),
        alone=dict(zip(known.tolist(), alone.tolist(), strict=True)),
        together=dict(zip(zip(one, other, strict=True), together.tolist(), strict=True)),
    )


def _pairs(order: Ints, place: Ints, many: int) -> Ints:
    """Every pair of every order, as one number; `place`: of each product of the orders, by rising order and place."""
    found = [order[:0]]
    for apart in range(1, len(order)):  # each with the next in its order, then with the one after it, …
        is_one_order = order[apart:] == order[:-apart]
        if not is_one_order.any():
            break
        found.append((place[:-apart] * many + place[apart:])[is_one_order])
    return np.concatenate(found)


def _distinct(values: Ints) -> Ints:
    """Each value once, rising."""
    ordered = np.sort(values)
    return ordered[np.diff(ordered, prepend=ordered[:1] - 1) > 0]


def _first_orders(query: Query) -> dict[int, int]:
    """{movement: customer} of the first orders in the range, among those in the query's scope."""
    orders = Booking.objects.filter(ORDERED & KNOWN, query.scope.holds, account=query.account)
    inside = orders.filter(within([query.span]))
    if query.scope.is_whole:
        return dict(inside.filter(is_first=True).values_list("transaction_id", "customer_id"))
    past = orders.filter(occurred_at__lt=query.span.start).values("customer_id")
    new = inside.exclude(customer__in=past)
    moments = new.order_by("customer_id", "occurred_at", "transaction__external_id", "source_id")
    first = moments.distinct("customer_id").filter(transaction__account=query.account)
    return dict(first.values_list("transaction_id", "customer_id"))


def _names(query: Query, ids: Any) -> Mapping[int, tuple[str, str]]:
    """{product: (its name, its public id)}."""
    known = dict(Product.objects.filter(account=query.account, pk__in=list(ids)).values_list("pk", "public_id"))
    named = products.names(query.account, [str(public_id) for public_id in known.values()])
    return {pk: (named[str(public_id)], str(public_id)) for pk, public_id in known.items()}


def _pair(named: Mapping[int, tuple[str, str]], pair: tuple[int, int], count: int, found: _Baskets) -> Pair:
    one, other = sorted(pair, key=lambda product: named[product])
    alone, orders = found.alone, found.orders
    return Pair(
        first=named[one][0],
        second=named[other][0],
        keys=(named[one][1], named[other][1]),
        orders=count,
        support=_ratio(count, orders),
        confidence=_ratio(count, alone[one]),
        confidence_back=_ratio(count, alone[other]),
        lift=_ratio(count * orders, alone[one] * alone[other]),
    )


def _ratio(part: int, whole: int) -> Decimal:
    return round_half_up(Decimal(int(part)) / whole, PLACES)
