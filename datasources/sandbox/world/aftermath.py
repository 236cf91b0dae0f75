"""What may follow a payment: the buyer sends something back, or goes to the bank."""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from . import balance
from .catalogue import part
from .diary import Diary
from .exchange import given_back
from .facts import Dispute, Payment, Refund
from .words import Complaint, Outcome

DISPUTED, REFUNDED = 0.006, 0.055
IN_PART, MUCH_LATER, FAILS = 0.4, 0.12, 0.015
DISPUTE_FEE: Final = 1500
OUTCOMES: Final = {Outcome.LOST: 50, Outcome.WON: 35, Outcome.INQUIRY: 15}
PAID_TWICE: Final = 0.1


def follow(diary: Diary, random: Random, payment: Payment) -> None:
    """Decide what becomes of a payment that worked; most stay as they are."""
    chance = random.random()
    if chance < DISPUTED:
        _dispute(diary, random, payment)
    elif chance < DISPUTED + REFUNDED:
        _refund(diary, random, payment)


def release(diary: Diary, payment: Payment) -> None:
    """Give back at once what was authorised and not captured."""
    assert payment.settlement, "only settled payments are captured"  # noqa: S101 - an impossible state
    amount = payment.amount - payment.captured
    settled = part(payment.settlement.amount, amount, payment.amount)
    rate, number = payment.settlement.rate, diary.number(Refund)
    refund = Refund(number, _moment(payment), payment, amount, settled, rate, is_release=True)
    diary.write(refund)
    balance.book_refund(diary, refund)


def _refund(diary: Diary, random: Random, payment: Payment) -> None:
    """Give back all or some, within days or, now and then, months later; some buyers come twice."""
    left = payment.captured
    at = _moment(payment) + _delay(random)
    for _ in range(random.choice((1, 1, 1, 1, 2))):
        amount = part(left, random.randint(15, 70), 100) if random.random() < IN_PART else left
        if amount <= 0:
            return
        refund = _give_back(diary, random, payment, (at, amount))
        left -= 0 if refund.failed_at else amount
        at += timedelta(days=random.randint(3, 20))


def _give_back(diary: Diary, random: Random, payment: Payment, what: tuple[datetime, int]) -> Refund:
    at, amount = what
    settled, rate = given_back(payment, amount=amount, at=at)
    is_duplicate = random.random() < PAID_TWICE
    failed_at = at + timedelta(days=6) if random.random() < FAILS else None
    refund = Refund(diary.number(Refund), at, payment, amount, settled, rate, failed_at, is_duplicate=is_duplicate)
    diary.write(refund)
    diary.tell("refund created", refund, at=at)
    if failed_at:
        diary.tell("refund failed", refund, at=failed_at)
    balance.book_refund(diary, refund)
    return refund


def _dispute(diary: Diary, random: Random, payment: Payment) -> None:
    assert payment.settlement, "only settled payments are disputed"  # noqa: S101 - an impossible state
    at = _moment(payment) + timedelta(days=random.randint(8, 50), seconds=random.randrange(86_400))
    outcome = random.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
    closed_at = at + timedelta(days=random.randint(35, 75))
    rest = (payment.settlement.amount, DISPUTE_FEE, random.choice(tuple(Complaint)), outcome, closed_at)
    dispute = Dispute(diary.number(Dispute), at, payment, *rest)
    diary.write(dispute)
    diary.tell("dispute opened", dispute, at=at)
    diary.tell("dispute closed", dispute, at=closed_at)
    balance.book_dispute(diary, dispute)


def _delay(random: Random) -> timedelta:
    days = random.uniform(60, 150) if random.random() < MUCH_LATER else random.expovariate(1 / 6)
    return timedelta(seconds=int(days * 86_400) + 3600)


def _moment(payment: Payment) -> datetime:
    assert payment.paid_at, "only what was paid has consequences"  # noqa: S101 - an impossible state
    return payment.paid_at
