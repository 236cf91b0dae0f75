"""The contract's customer metrics: orders with a customer, looking at nothing after the range's end."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from statistics import mean, median

from .booking import Book, Entry
from .days import Range
from .sales import Values, gross_sales, money_ratio, net_sales, plain_ratio, total

SECONDS_OF_A_DAY = 86_400
NET_SALES_ROLES = frozenset({"sale", "correction", "refund", "dispute", "dispute_reversal"})


def customer_values(book: Book, period: Range, now: datetime) -> Values:
    """All customer metrics of a range."""
    entries = book.between(period.start, period.end)
    paying = paying_customers(entries)
    new = {entry.customer for entry in entries if entry.opens_customer}
    lost = [customer for customer in paying if is_lost(book, customer, period.end)]
    return {
        "paying_customers": len(paying),
        "new_customers": len(new),
        "returning_customers": len(paying - new),
        "returning_rate": plain_ratio(len(paying - new), len(paying)),
        "repeat_rate": repeat_rate(book, period.end),
        "anonymous_orders": sum(entry.opens_order and not entry.customer for entry in entries),
        "acquired_per_day": plain_ratio(len(new), period.days_until(now)),
        "refunded_customers": len(refunded_customers(entries)),
        "lost_customers": len(lost),
        "lost_share": plain_ratio(len(lost), len(paying)),
        **averages(book.base, entries, paying),
        "ltv_historic": ltv_historic(book, period.end),
        **gaps(book, period),
    }


def paying_customers(entries: Iterable[Entry]) -> set[str]:
    """The customers who ordered."""
    return {entry.customer for entry in entries if entry.opens_order and entry.customer}


def refunded_customers(entries: Iterable[Entry]) -> set[str]:
    """The customers to whom money went back."""
    return {entry.customer for entry in entries if entry.role == "refund" and entry.row.amount < 0 and entry.customer}


def averages(base: str, entries: Iterable[Entry], paying: set[str]) -> Values:
    """What a paying customer brought on average: money of all identified customers, orders of theirs."""
    identified = [entry for entry in entries if entry.customer]
    orders = sum(entry.opens_order for entry in identified)
    return {
        "net_per_customer": money_ratio(total(net_sales, identified, base), len(paying), base),
        "orders_per_customer": plain_ratio(orders, len(paying)),
        "arppu": money_ratio(total(gross_sales, identified, base), len(paying), base),
    }


def repeat_rate(book: Book, end: datetime) -> Decimal | None:
    """The share of repeaters among all who ever ordered before `end`."""
    counts = [sum(at < end for at in orders) for orders in book.orders_of.values()]
    return plain_ratio(sum(count >= 2 for count in counts), sum(count >= 1 for count in counts))


def is_lost(book: Book, customer: str, end: datetime) -> bool:
    """Whether nothing of the customer's money was left at `end`, in any currency, exchange rates aside."""
    left: dict[str, Decimal] = defaultdict(Decimal)
    for entry in book.entries:
        if entry.customer == customer and entry.role in NET_SALES_ROLES and entry.at < end:
            left[entry.row.currency] += entry.row.amount
    return all(amount <= 0 for amount in left.values())


def ltv_historic(book: Book, end: datetime) -> Decimal | None:
    """The mean net sales, up to `end`, of all customers who had ordered by then."""
    known = {customer for customer, orders in book.orders_of.items() if orders[0] < end}
    entries = [entry for entry in book.entries if entry.customer in known and entry.at < end]
    return money_ratio(total(net_sales, entries, book.base), len(known), book.base)


def gaps(book: Book, period: Range) -> Values:
    """Days between a customer's successive orders, for the gaps that end in the range."""
    first, every = [], []
    for orders in book.orders_of.values():
        for number, (earlier, later) in enumerate(pairwise(orders)):
            if period.start <= later < period.end:
                gap = Decimal((later - earlier).total_seconds()) / SECONDS_OF_A_DAY
                every.append(gap)
                if number == 0:
                    first.append(gap)
    return {
        "median_days_between_orders": two_decimals(median(every)) if every else None,
        "mean_days_between_orders": two_decimals(mean(every)) if every else None,
        "median_days_to_second_order": two_decimals(median(first)) if first else None,
    }


def two_decimals(days: Decimal) -> Decimal:
    """Days as shown; an exact half goes to the even side, as in the golden file (56.125 → 56.12)."""
    return days.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def top_customers(book: Book, period: Range) -> list[tuple[str, Decimal]]:
    """The paying customers of the range with their net sales in it, most first, ties by name."""
    entries = book.between(period.start, period.end)
    net = {
        customer: total(net_sales, [entry for entry in entries if entry.customer == customer], book.base)
        for customer in paying_customers(entries)
    }
    return sorted(net.items(), key=lambda pair: (-pair[1], pair[0]))
