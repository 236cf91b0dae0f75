"""The shop's own plain sums: what a dashboard should say, by loops and dictionaries over the facts.

A sale counts at the moment it was paid, once the money is certain; a debit that fails after all counts as a sale and,
on the day it fails, as its correction. Tax and shipping are those of the sales less the refunds' share of them. Amounts
in another currency than the balance's are scaled as the payment itself was, rounded half away from zero, row by row.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from .catalogue import part
from .facts import Facts, Payment, Refund
from .words import Outcome

Money = Counter[str]  # {settlement currency: minor units}
Covers = Callable[[datetime | None], bool]


@dataclass(slots=True)
class Figures:
    """Sums of a range of days; refunds, disputes and fees are positive when they cost."""

    gross: Money = field(default_factory=Counter)
    refunds: Money = field(default_factory=Counter)
    disputes: Money = field(default_factory=Counter)
    fees: Money = field(default_factory=Counter)
    tax: Money = field(default_factory=Counter)
    shipping: Money = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    customers: int = 0
    failed: int = 0

    @property
    def net(self) -> Money:
        """Gross sales less refunds and disputes."""
        currencies = {*self.gross, *self.refunds, *self.disputes}
        return Counter({key: self.gross[key] - self.refunds[key] - self.disputes[key] for key in currencies})


def figures(facts: Facts, *, days: tuple[date, date], zone: str, now: datetime) -> Figures:
    """Add up the local days from the first to the last, both included, as they are known at `now`."""
    first, last = days
    there = ZoneInfo(zone)

    def covers(at: datetime | None) -> bool:
        return at is not None and at <= now and first <= at.astimezone(there).date() <= last

    result = Figures()
    _add_sales(result, facts, covers, now)
    _add_refunds(result, facts, covers)
    _add_disputes(result, facts, covers)
    for fee in facts.service_fees:
        if covers(fee.at):
            result.fees[fee.currency] += fee.amount
    result.failed = sum(covers(attempt.at) for attempt in facts.attempts if attempt.decline)
    return result


def _add_sales(result: Figures, facts: Facts, covers: Covers, now: datetime) -> None:
    customers = set()
    for payment in facts.payments:
        money = payment.settlement
        if money is None or not payment.is_settled(now):
            continue
        if covers(payment.paid_at):
            result.gross[money.currency] += money.amount
            result.fees[money.currency] += money.fee
            result.orders[money.currency] += 1
            customers.add(payment.buyer.key)
            _add_parts(result, payment)
        if covers(payment.bounced_at):
            result.gross[money.currency] -= money.amount
    result.customers = len(customers - {None})


def _add_parts(result: Figures, payment: Payment) -> None:
    """Add what the order says of the payment: its tax, its shipping, and the units of each product."""
    if payment.order and payment.settlement:
        currency = payment.settlement.currency
        result.tax[currency] += _settled(payment, payment.order.tax)
        result.shipping[currency] += _settled(payment, payment.order.shipping)
        for line in payment.order.lines:
            result.units[line.product] += line.quantity


def _add_refunds(result: Figures, facts: Facts, covers: Covers) -> None:
    for refund in facts.refunds:
        sign = covers(refund.at) - covers(refund.failed_at)
        money = refund.payment.settlement
        if not sign or money is None:
            continue
        if refund.is_release:
            result.gross[money.currency] -= refund.settled
            continue
        result.refunds[money.currency] += sign * refund.settled
        if refund.payment.order:
            result.tax[money.currency] -= sign * _share(refund, refund.payment.order.tax)
            result.shipping[money.currency] -= sign * _share(refund, refund.payment.order.shipping)


def _add_disputes(result: Figures, facts: Facts, covers: Covers) -> None:
    for dispute in facts.disputes:
        money = dispute.payment.settlement
        if money is None or dispute.outcome is Outcome.INQUIRY:
            continue
        sign = covers(dispute.at) - (dispute.outcome is Outcome.WON and covers(dispute.closed_at))
        result.disputes[money.currency] += sign * dispute.settled
        result.fees[money.currency] += sign * dispute.fee


def _settled(payment: Payment, amount: int) -> int:
    assert payment.settlement, "only settled payments are added"  # noqa: S101 - an impossible state
    return part(amount, payment.settlement.amount, payment.amount)


def _share(refund: Refund, amount: int) -> int:
    """Return how much of the sale's `amount` of tax or shipping a refund gives back."""
    assert refund.payment.settlement, "only settled payments are refunded"  # noqa: S101 - an impossible state
    return part(_settled(refund.payment, amount), refund.settled, refund.payment.settlement.amount)
