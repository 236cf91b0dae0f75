"""The contract's lists of products: what is bought together, what is bought first, and what moves fastest."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import combinations
from typing import Any

from .booking import Book, order_key
from .days import Range
from .products import Part, parts
from .sales import Values, plain_ratio


def bought_together(book: Book, period: Range) -> dict[str, Values]:
    """Each pair of products that met in an order, of the products that were ordered in the range."""
    baskets = baskets_of(part for part in parts(book) if period.start <= part.entry.at < period.end)
    pairs: dict[tuple[str, str], int] = defaultdict(int)
    alone: dict[str, int] = defaultdict(int)
    for products in baskets.values():
        for product in products:
            alone[product] += 1
        for pair in combinations(sorted(products), 2):
            pairs[pair] += 1
    return {
        f"{one}+{other}": {
            "orders": count,
            "support": plain_ratio(count, len(baskets)),
            "confidence": plain_ratio(count, alone[one]),
            "lift": plain_ratio(count * len(baskets), alone[one] * alone[other]),
        }
        for (one, other), count in pairs.items()
    }


def baskets_of(found: Iterable[Part]) -> dict[Any, set[str]]:
    """{order: its products}."""
    baskets: dict[Any, set[str]] = defaultdict(set)
    for part in found:
        if part.opens_order and part.product:
            baskets[order_key(part.entry.row)].add(part.product)
    return baskets


def first_product(book: Book, period: Range) -> dict[str, Values]:
    """What the first orders of the range's new customers held."""
    firsts = {order_key(entry.row): entry.customer for entry in book.entries if entry.opens_customer
              and period.start <= entry.at < period.end}  # fmt: skip
    baskets = baskets_of(part for part in parts(book) if part.entry.at < period.end)
    buyers: dict[str, list[str]] = defaultdict(list)
    for order, customer in firsts.items():
        for product in baskets.get(order, ()):
            buyers[product].append(customer)
    return {
        product: {
            "new_customers": len(customers),
            "share": plain_ratio(len(customers), len(firsts)),
            "repeat_rate": plain_ratio(sum(came_back(book, one, period.end) for one in customers), len(customers)),
        }
        for product, customers in buyers.items()
    }


def came_back(book: Book, customer: str, end: datetime) -> bool:
    """Whether the customer had ordered twice by then."""
    return sum(at < end for at in book.orders_of[customer]) >= 2


def fastest_moving(products: dict[str, dict[str, Any]]) -> str | None:
    """The product with the most units; then the most revenue; then by name."""
    moved = [name for name, figures in products.items() if name and figures["units"]]
    return min(moved, key=lambda name: (-products[name]["units"], -products[name]["revenue"], name), default=None)
