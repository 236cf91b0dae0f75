"""What is bought with what, and what customers buy first. Source: docs/metrics.md, “Products”."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import BigIntegerField, Count, F, QuerySet
from django.db.models.functions import Coalesce

from analytics import engine, lives, products
from analytics.lines import lines_of
from analytics.metrics.customers import KNOWN
from analytics.metrics.sales import ORDERED
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
        baskets = _lines(asked).filter(within([asked.span])).values("order_of")
        alone = Counter(dict(_product_orders(asked)))
        orders = baskets.distinct().order_by().count()
        together: Counter[tuple[int, int]] = Counter()
        shared = baskets.annotate(held=ArrayAgg("product_id", distinct=True), many=Count("product_id", distinct=True))
        for held in shared.filter(many__gt=1).values_list("held", flat=True).order_by().iterator():
            together.update(combinations(held, 2))
        named = _names(asked, {product for pair in together for product in pair})
    pairs = (_pair(named, pair, count, alone, orders) for pair, count in together.items() if count >= least)
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


def _product_orders(query: Query) -> Iterator[tuple[int, int]]:
    lines = _lines(query).filter(within([query.span]))
    yield from lines.values_list("product_id").annotate(orders=Count("pk")).order_by()


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


def _pair(
    named: Mapping[int, tuple[str, str]], pair: tuple[int, int], count: int, alone: Mapping[int, int], orders: int
) -> Pair:
    one, other = sorted(pair, key=lambda product: named[product])
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
