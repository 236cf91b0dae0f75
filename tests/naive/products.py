"""Products: line money in the base currency, without tax and shipping, and who bought what."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from .booking import Book, Entry, order_key
from .days import Range
from .ledger import rounded
from .sales import SALES, SALES_AND_REFUNDS, money_ratio, plain_ratio


@dataclass(frozen=True)
class Part:
    """One product's part of a row; product "" is what no line accounts for."""

    entry: Entry
    product: str
    quantity: int
    amount: Decimal
    base_amount: Decimal
    opens_order: bool


def parts(book: Book) -> list[Part]:
    """The parts of all counted sales, corrections and refunds, earliest first; together their goods in base money."""
    seen: set[tuple[Any, str]] = set()
    found = []
    for entry in book.entries:
        if entry.role in SALES_AND_REFUNDS:
            found += parts_of(entry, book.base, seen)
    return found


def parts_of(entry: Entry, base: str, seen: set[tuple[Any, str]]) -> list[Part]:
    """The parts of one row; `seen`: (order, product) of the sales before it, which it adds to."""
    found = []
    for line, money in zip(entry.row.lines, base_amounts(entry, base), strict=True):
        key = (order_key(entry.row), line.product)
        opens = entry.role == "sale" and entry.row.amount > 0 and key not in seen
        if opens:
            seen.add(key)
        found.append(Part(entry, line.product, line.quantity, line.amount, money, opens))
    rest = goods_of(entry) - sum(line.amount for line in entry.row.lines)
    if rest:
        base_rest = base_goods_of(entry) - sum(part.base_amount for part in found)
        found.append(Part(entry, "", 0, rest, base_rest, opens_order=False))
    return found


def base_amounts(entry: Entry, base: str) -> list[Decimal]:
    """The lines in the base currency; where they are all of the goods, the largest takes the rounding."""
    lines = entry.row.lines
    if not entry.is_converted or not lines:
        return [Decimal(0)] * len(lines)
    of_base, of_row = entry.rate
    amounts = [rounded(line.amount * of_base / of_row, base) for line in lines]
    if sum(line.amount for line in lines) == goods_of(entry):
        sizes = [abs(line.amount) for line in lines]
        amounts[sizes.index(max(sizes))] += base_goods_of(entry) - sum(amounts)
    return amounts


def goods_of(entry: Entry) -> Decimal:
    """What the row's products cost."""
    return entry.row.amount - entry.row.tax - entry.row.shipping


def base_goods_of(entry: Entry) -> Decimal:
    """The same in the base currency."""
    return entry.base.amount - entry.base.tax - entry.base.shipping


def products(book: Book, period: Range) -> dict[str, dict[str, Any]]:
    """The figures of each product in the range, and of "" what is unattributed."""
    every = parts(book)
    within = [part for part in every if period.start <= part.entry.at < period.end]
    by_product: dict[str, list[Part]] = defaultdict(list)
    for part in within:
        by_product[part.product].append(part)
    revenue = {name: money(found, book.base, *SALES_AND_REFUNDS) for name, found in by_product.items()}
    positive = sum((value for name, value in revenue.items() if name and value > 0), Decimal(0))
    return {
        name: figures(found, book.base)
        | {"share": plain_ratio(revenue[name], positive) if name else None}
        | who_bought([part for part in every if part.product == name], period.start, period.end)
        for name, found in sorted(by_product.items())
    }


def figures(found: list[Part], base: str) -> dict[str, Any]:
    """What adds up, and the refund rate."""
    sold, given_back = money(found, base, *SALES), -money(found, base, "refund")
    return {
        "revenue": money(found, base, *SALES_AND_REFUNDS),
        "units": sum(part.quantity for part in found if part.entry.role == "sale"),
        "units_refunded": -sum(part.quantity for part in found if part.entry.role == "refund"),
        "orders": sum(part.opens_order for part in found),
        "refund_rate": plain_ratio(given_back, sold),
        "avg_price": average_prices(found),
    }


def money(found: Iterable[Part], base: str, *roles: str) -> Decimal:
    """Line money of rows that count as one of these."""
    return rounded(sum((part.base_amount for part in found if part.entry.role in roles), Decimal(0)), base)


def average_prices(found: list[Part]) -> dict[str, Decimal | None]:
    """Money sold ÷ units by currency, without free orders."""
    sold: dict[str, list[Part]] = defaultdict(list)
    for part in found:
        if part.entry.role == "sale" and part.entry.row.amount > 0 and part.product:
            sold[part.entry.row.currency].append(part)
    prices = {
        currency: money_ratio(
            sum((part.amount for part in group), Decimal(0)), sum(part.quantity for part in group), currency
        )
        for currency, group in sorted(sold.items())
    }
    return {currency: price for currency, price in prices.items() if price is not None}


def who_bought(every: list[Part], start: datetime, end: datetime) -> dict[str, int]:
    """The customers who ordered a product in [start, end), and those of them for whom it was the first time."""
    first: dict[str, datetime] = {}
    buyers = set()
    for part in every:
        customer = part.entry.customer
        if part.opens_order and customer and part.entry.at < end:
            first.setdefault(customer, part.entry.at)
            if part.entry.at >= start:
                buyers.add(customer)
    return {"buyers": len(buyers), "new_buyers": sum(first[customer] >= start for customer in buyers)}
