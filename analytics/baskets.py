"""What is bought with what, and what customers buy first. Source: docs/metrics.md, “Products”."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from analytics import engine, goods, lives, orders, products
from analytics.models import Generation
from analytics.orders import Baskets
from analytics.packing import Ints, distinct, places
from analytics.query import Query
from datasources.models import Booking, Product
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


def bought_together(
    query: Query, *, least: int = LEAST, limit: int | None = None, of: Product | None = None
) -> list[Pair]:
    """The pairs of products that met in orders of the range: the most orders first, then by lift, then by name.

    `of`: those with this product alone. `limit`: so many of them.
    """
    with tenant(query.account.pk):
        generation = engine.serving(query)
        asked = query.in_zone(generation.zone)
        found = _Met.of(orders.baskets(asked, generation, asked.span)).among(least, limit, of)
        named = _names(asked, {*found.one.tolist(), *found.other.tolist()})
    listed = [pair for pair in found.pairs() if named.keys() >= {*pair[:2]}]
    pairs = (_pair(named, *pair, found) for pair in listed)
    return sorted(pairs, key=lambda pair: (-pair.orders, -pair.lift, pair.first, pair.second))[:limit]


def first_products(query: Query) -> list[FirstProduct]:
    """What the range's new customers bought first: the most of them first, then by name."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        asked = query.in_zone(generation.zone)
        firsts = _first_orders(asked, generation)
        bought = orders.baskets(asked, generation, lives.until(asked.span.end, generation))
        repeats = lives.before(asked, generation, asked.span.end).orders > 1
        in_first = np.isin(bought.basket, firsts)
        pairs = products.pairs_of(Baskets(*(each[in_first] for each in bought)), len(repeats))
        product, buyer = np.divmod(pairs, len(repeats))
        named = _names(asked, places(product)[0].tolist())
    new, again = np.bincount(product), np.bincount(product[repeats[buyer]], minlength=product.max(initial=-1) + 1)
    rows = [
        FirstProduct(
            name=name,
            key=key,
            new_customers=int(new[number]),
            share=_ratio(int(new[number]), len(firsts)),
            repeat_rate=_ratio(int(again[number]), int(new[number])),
        )
        for number, (name, key) in named.items()
    ]
    return sorted(rows, key=lambda row: (-row.new_customers, row.name))


@dataclass(frozen=True, slots=True)
class _Met:
    """Which products met: in how many `orders` any lay, in how many each did by number (`alone`), and of each pair,
    the lower number first, in how many both did (`together`)."""

    orders: int
    alone: Ints
    one: Ints
    other: Ints
    together: Ints

    @classmethod
    def of(cls, found: Baskets) -> "_Met":
        """What these baskets say."""
        many = int(found.product.max(initial=0)) + 1
        order, product = np.divmod(distinct(found.basket * many + found.product), many)
        pairs, together = np.unique(_pairs(order, product, many), return_counts=True)
        return cls(
            int(np.count_nonzero(np.diff(order, prepend=-1))),
            np.bincount(product, minlength=many),
            *np.divmod(pairs, many),
            together,
        )

    def among(self, least: int, limit: int | None, of: Product | None) -> "_Met":
        """The pairs of at least so many orders, and of a limit the most frequent ones, all that tie with the last."""
        chosen = self.together >= least
        if of is not None:
            chosen &= (self.one == of.number) | (self.other == of.number)
        if limit is not None and np.count_nonzero(chosen) > limit:
            chosen &= self.together >= np.partition(self.together[chosen], -limit)[-limit]
        return replace(self, one=self.one[chosen], other=self.other[chosen], together=self.together[chosen])

    def pairs(self) -> Iterator[tuple[int, int, int]]:
        """(product, product, orders) of each pair."""
        return zip(self.one.tolist(), self.other.tolist(), self.together.tolist(), strict=True)


def _pairs(order: Ints, place: Ints, many: int) -> Ints:
    """Every pair of every order, as one number; `place`: of each product of the orders, by rising order and place."""
    found = [order[:0]]
    for apart in range(1, len(order)):  # each with the next in its order, then with the one after it, …
        is_one_order = order[apart:] == order[:-apart]
        if not is_one_order.any():
            break
        found.append((place[:-apart] * many + place[apart:])[is_one_order])
    return np.concatenate(found)


def _first_orders(query: Query, generation: Generation) -> Ints:
    """The movements that date the first orders in the range, of those who had none before, in the query's scope."""
    found = orders.orders(query, generation, query.span)
    is_new = lives.before(query, generation, query.span.start).orders[found.buyer] == 0
    at, buyer, placed = (each[is_new] for each in found)
    first_at = np.full(buyer.max(initial=-1) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first_at, buyer, at)
    is_first = at == first_at[buyer]
    placed, buyer = placed[is_first], buyer[is_first]
    tied = np.bincount(buyer)[buyer] > 1
    return np.concatenate([placed[~tied], _first_by_id(query, placed[tied])])


def _first_by_id(query: Query, placed: Ints) -> Ints:
    """Of orders at the same instant the first by the id that their source gave them, for each customer."""
    rows = Booking.objects.filter(query.scope.holds, account=query.account, transaction__in=placed.tolist())
    ordered = rows.filter(transaction__account=query.account).order_by(
        "customer_id", "transaction__external_id", "source_id"
    )
    return np.array(list(ordered.distinct("customer_id").values_list("transaction_id", flat=True)), np.int64)


def _names(query: Query, numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    """{product's number: (its name, its public id)}."""
    known = goods.public_ids(query.account.pk, list(numbers))
    named = products.names(query.account, known.values())
    return {number: (named[public_id], public_id) for number, public_id in known.items()}


def _pair(named: Mapping[int, tuple[str, str]], one: int, other: int, count: int, found: _Met) -> Pair:
    one, other = sorted((one, other), key=lambda product: named[product])
    of_one, of_other = int(found.alone[one]), int(found.alone[other])
    return Pair(
        first=named[one][0],
        second=named[other][0],
        keys=(named[one][1], named[other][1]),
        orders=count,
        support=_ratio(count, found.orders),
        confidence=_ratio(count, of_one),
        confidence_back=_ratio(count, of_other),
        lift=_ratio(count * found.orders, of_one * of_other),
    )


def _ratio(part: int, whole: int) -> Decimal:
    return round_half_up(Decimal(part) / whole, PLACES)
