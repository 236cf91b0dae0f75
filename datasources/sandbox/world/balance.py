"""The balance: which lines each fact leaves on it, and the weekly payouts."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from .diary import Diary
from .facts import Dispute, Entry, Payment, Payout, Refund, ServiceFee
from .words import Movement, Outcome

TRAVELS: Final = timedelta(days=2)  # from the balance to the bank
RETURNED: Final = 38  # the number of the payout that the bank sent back


def book_payment(diary: Diary, payment: Payment) -> None:
    """Write what a payment brings, and what it takes again when a debit fails after all."""
    money = payment.settlement
    if money is None or payment.paid_at is None:
        return
    lines = [(payment.paid_at, money.available_at, Movement.SALE, money.amount, money.fee)]
    if payment.bounced_at:
        lines.append((payment.bounced_at, payment.bounced_at, Movement.BOUNCE, -money.amount, 0))
    for at, available_at, movement, amount, fee in lines:
        number = diary.number(Entry)
        diary.write(Entry(number, at, available_at, movement, money.currency, amount, fee, payment, money.rate))


def book_refund(diary: Diary, refund: Refund) -> None:
    """Write what a refund takes, and what comes back when it fails."""
    currency = _currency(refund.payment)
    movement = Movement.NOT_CAPTURED if refund.is_release else Movement.REFUND
    lines = [(refund.at, movement, -refund.settled)]
    if refund.failed_at:
        lines.append((refund.failed_at, Movement.REFUND_FAILURE, refund.settled))
    for at, kind, amount in lines:
        diary.write(Entry(diary.number(Entry), at, at, kind, currency, amount, 0, refund, refund.rate))


def book_dispute(diary: Diary, dispute: Dispute) -> None:
    """Write what a dispute takes with its fee, and both again when it is won; an inquiry takes nothing."""
    if dispute.outcome is Outcome.INQUIRY:
        return
    lines = [(dispute.at, Movement.DISPUTE, -1)]
    if dispute.outcome is Outcome.WON:
        lines.append((dispute.closed_at, Movement.DISPUTE_WON, 1))
    currency = _currency(dispute.payment)
    rate = dispute.payment.settlement.rate if dispute.payment.settlement else None
    for at, movement, sign in lines:
        amount, fee = sign * dispute.settled, -sign * dispute.fee
        diary.write(Entry(diary.number(Entry), at, at, movement, currency, amount, fee, dispute, rate))


def book_service_fee(diary: Diary, fee: ServiceFee) -> None:
    """Write the provider's monthly fee."""
    line = (Movement.SERVICE_FEE, fee.currency, -fee.amount, 0)
    diary.write(Entry(diary.number(Entry), fee.at, fee.at, *line, fee))


def pay_out(diary: Diary, *, at: datetime, ready: Iterable[Entry]) -> Iterator[Payout]:
    """Send each currency's ready entries to the bank, if they add up to something."""
    by_currency: dict[str, list[Entry]] = {}
    for entry in ready:
        by_currency.setdefault(entry.currency, []).append(entry)
    for currency, entries in sorted(by_currency.items()):
        amount = sum(entry.amount - entry.fee for entry in entries)
        if amount > 0:
            number = diary.number(Payout)
            failed_at = at + TRAVELS * 2 if number == RETURNED else None
            numbers = frozenset(entry.number for entry in entries)
            payout = Payout(number, at, at + TRAVELS, currency, amount, numbers, failed_at)
            _book_payout(diary, payout)
            yield payout


def _book_payout(diary: Diary, payout: Payout) -> None:
    diary.write(payout)
    diary.tell("payout created", payout, at=payout.at)
    lines: list[tuple[datetime, Movement, int]] = [(payout.at, Movement.PAYOUT, -payout.amount)]
    if payout.failed_at:
        lines.append((payout.failed_at, Movement.PAYOUT_FAILURE, payout.amount))
    diary.tell("payout failed" if payout.failed_at else "payout paid", payout, at=payout.failed_at or payout.arrives_at)
    for at, movement, amount in lines:
        diary.write(Entry(diary.number(Entry), at, at, movement, payout.currency, amount, 0, payout))


def _currency(payment: Payment) -> str:
    assert payment.settlement, "only settled payments are refunded or disputed"  # noqa: S101 - an impossible state
    return payment.settlement.currency
