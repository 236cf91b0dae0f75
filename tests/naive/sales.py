"""The contract's sales metrics: one row's share of each additive one, then the ratios of their totals."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from .booking import Entry, is_failed_payment
from .days import Range
from .ledger import rounded

Values = dict[str, Any]
"""Slug → money or ratio (Decimal), count (int), or None where it is not defined."""

SALES = ("sale", "correction")
SALES_AND_REFUNDS = (*SALES, "refund")
FOUR_DECIMALS = Decimal("0.0001")


def gross_sales(entry: Entry) -> Decimal:
    return entry.base.amount if entry.role in SALES else Decimal(0)


def refunds(entry: Entry) -> Decimal:
    return -entry.base.amount if entry.role == "refund" else Decimal(0)


def disputes(entry: Entry) -> Decimal:
    return -entry.base.amount if entry.role in ("dispute", "dispute_reversal") else Decimal(0)


def net_sales(entry: Entry) -> Decimal:
    return gross_sales(entry) - refunds(entry) - disputes(entry)


def taxes(entry: Entry) -> Decimal:
    return entry.base.tax if entry.role in SALES_AND_REFUNDS else Decimal(0)


def shipping(entry: Entry) -> Decimal:
    return entry.base.shipping if entry.role in SALES_AND_REFUNDS else Decimal(0)


def discounts(entry: Entry) -> Decimal:
    return entry.base.discount if entry.role == "sale" else Decimal(0)


def goods(entry: Entry) -> Decimal:
    return entry.base.amount - entry.base.tax - entry.base.shipping


def goods_sales(entry: Entry) -> Decimal:
    return goods(entry) if entry.role in SALES_AND_REFUNDS else Decimal(0)


def list_sales(entry: Entry) -> Decimal:
    return goods(entry) + entry.base.discount if entry.role in SALES else Decimal(0)


def fees(entry: Entry) -> Decimal:
    if entry.role == "":
        return Decimal(0)
    booked_apart = -entry.base.amount if entry.role == "fee" else Decimal(0)
    return entry.base.fee + booked_apart


def net_earnings(entry: Entry) -> Decimal:
    return net_sales(entry) - taxes(entry) - fees(entry)


def failed_amount(entry: Entry) -> Decimal:
    return entry.base.amount if entry.opens_failed_order else Decimal(0)


def corrections(entry: Entry) -> Decimal:
    return entry.base.amount if entry.role == "correction" else Decimal(0)


def units(entry: Entry) -> int:
    return sum(line.quantity for line in entry.row.lines) if entry.role == "sale" else 0


def units_refunded(entry: Entry) -> int:
    return -sum(line.quantity for line in entry.row.lines) if entry.role == "refund" else 0


MONEY: Mapping[str, Callable[[Entry], Decimal]] = {
    "gross_sales": gross_sales,
    "refunds": refunds,
    "disputes": disputes,
    "net_sales": net_sales,
    "taxes": taxes,
    "shipping": shipping,
    "discounts": discounts,
    "goods_sales": goods_sales,
    "list_sales": list_sales,
    "fees": fees,
    "net_earnings": net_earnings,
    "failed_amount": failed_amount,
}

COUNTS: Mapping[str, Callable[[Entry], int]] = {
    "orders": lambda entry: int(entry.opens_order),
    "free_orders": lambda entry: int(entry.role == "sale" and entry.row.amount == 0),
    "units": units,
    "units_refunded": units_refunded,
    "refund_count": lambda entry: int(entry.role == "refund" and entry.row.amount < 0),
    "disputes_opened": lambda entry: int(entry.role == "dispute"),
    "disputes_won": lambda entry: int(entry.role == "dispute_reversal"),
    "failed_payments": lambda entry: int(is_failed_payment(entry)),
    "failed_orders": lambda entry: int(entry.opens_failed_order),
    "pending_sales": lambda entry: int(entry.row.kind == "sale" and entry.row.status == "pending"),
    "anonymous_orders": lambda entry: int(entry.opens_order and not entry.customer),
    "new_customers": lambda entry: int(entry.opens_customer),
}

ADDITIVE: Mapping[str, Callable[[Entry], Decimal | int]] = {**MONEY, **COUNTS}
"""Slug → what one row adds to it."""


@dataclass(frozen=True)
class Ratio:
    """One total ÷ another."""

    numerator: str
    denominator: str
    is_money: bool = False


RATIOS: Mapping[str, Ratio] = {
    "aov": Ratio("gross_sales", "orders", is_money=True),
    "units_per_order": Ratio("units", "orders"),
    "refund_rate": Ratio("refunds", "gross_sales"),
    "fee_rate": Ratio("fees", "gross_sales"),
    "discount_rate": Ratio("discounts", "list_sales"),
    "dispute_rate": Ratio("disputes_opened", "orders"),
}


def totals(entries: Iterable[Entry], base: str) -> Values:
    """The additive metrics of the entries, and the ratios of these totals."""
    entries = list(entries)
    values: Values = {slug: total(share, entries, base) for slug, share in MONEY.items()}
    values |= {slug: sum(share(entry) for entry in entries) for slug, share in COUNTS.items()}
    for slug, ratio in RATIOS.items():
        top, bottom = Decimal(values[ratio.numerator]), values[ratio.denominator]
        values[slug] = money_ratio(top, bottom, base) if ratio.is_money else plain_ratio(top, bottom)
    return values


def total(share: Callable[[Entry], Decimal], entries: Iterable[Entry], base: str) -> Decimal:
    """The sum of one money metric."""
    return rounded(sum((share(entry) for entry in entries), Decimal(0)), base)


def paced(values: Values, period: Range, now: datetime, base: str) -> Values:
    """The two metrics that depend on how much of the range has passed."""
    orders, seconds = values["orders"], period.seconds_until(now)
    every = None if orders == 0 else int((Decimal(seconds) / orders).to_integral_value(ROUND_DOWN))
    return {
        "daily_average": money_ratio(values["net_sales"], period.days_until(now), base),
        "sale_every_seconds": every,
    }


def money_ratio(top: Decimal, bottom: Decimal | int, base: str) -> Decimal | None:
    """The quotient in the base's smallest unit; None over nothing (E12)."""
    return None if bottom == 0 else rounded(top / bottom, base)


def plain_ratio(top: Decimal | int, bottom: Decimal | int) -> Decimal | None:
    """The quotient with four decimals; None over nothing (E12)."""
    return None if bottom == 0 else (Decimal(top) / bottom).quantize(FOUR_DECIMALS, ROUND_HALF_UP)
