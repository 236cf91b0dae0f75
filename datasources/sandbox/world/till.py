"""The till: how a wish to pay becomes attempts, a payment, and what follows from it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from . import aftermath, balance
from .catalogue import part
from .diary import Diary
from .exchange import settle, settle_debit
from .facts import Attempt, Buyer, Order, Payment
from .words import Decline, Method

DECLINES: Final = tuple(Decline)
SOON: Final = (timedelta(minutes=2), timedelta(minutes=11))  # how long buyers wait before they try again
LATER: Final = (timedelta(days=3), timedelta(days=8))  # how long the provider waits before it tries a renewal again
DECLINED, DECLINED_AGAIN = 0.07, 0.5
CLEARS, BOUNCES = timedelta(days=5), 0.12
LAPSES, CAPTURED_IN_PART = 0.006, 0.012  # of plain payments


@dataclass(frozen=True, slots=True)
class Till:
    """Where money is taken on one day; from `dollars_from` on the shop keeps an account in dollars."""

    diary: Diary
    random: Random
    dollars_from: datetime

    def collect(self, order: Order, *, waits: tuple[timedelta, ...]) -> Payment | None:
        """Take the money for an order, trying again after each wait; a free order needs none."""
        self.diary.write(order)
        if not order.total:
            self.diary.tell("order paid", order, at=order.at)
            return None
        number = self.diary.number(Payment)
        payment = Payment(number, order.at, order.buyer, order.total, order.currency, order=order)
        return self._finish(self._try(payment, waits))

    def collect_plain(self, *, buyer: Buyer, amount: int, currency: str, at: datetime) -> Payment:
        """Take an amount that the provider is told nothing more about; cafés pay by debit."""
        payment = Payment(self.diary.number(Payment), at, buyer, amount, currency)
        if buyer.is_cafe:
            return self._finish(self._debit(payment))
        chance = self.random.random()
        share = 0 if chance < LAPSES else self.random.randint(50, 90) if chance < CAPTURED_IN_PART else 100
        return self._finish(self._try(payment, SOON, share=share))

    def _try(self, payment: Payment, waits: tuple[timedelta, ...], *, share: int = 100) -> Payment:
        """Present the card until it works or patience ends, write each attempt, and capture `share` per cent."""
        at, chance = payment.at, DECLINED
        tries = []
        for wait in (*waits, timedelta()):
            is_declined = self.random.random() < chance
            tries.append((at, self.random.choice(DECLINES) if is_declined else None))
            if not is_declined:
                payment = self._paid(payment, at, share)
                break
            at, chance = at + wait, DECLINED_AGAIN
        for moment, decline in tries:
            self._attempt(payment, moment, decline)
        return payment

    def _paid(self, payment: Payment, at: datetime, share: int) -> Payment:
        payment = replace(payment, paid_at=at, captured=part(payment.amount, share, 100))
        return replace(payment, settlement=settle(payment, dollars_from=self.dollars_from) if share else None)

    def _debit(self, payment: Payment) -> Payment:
        """Announce a direct debit; whether it works, the bank says days later."""
        certain_at, fails = payment.at + CLEARS, self.random.random() < BOUNCES
        payment = replace(
            payment,
            method=Method.DEBIT,
            paid_at=payment.at,
            captured=payment.amount,
            clears_at=certain_at,
            bounced_at=certain_at if fails else None,
            settlement=settle_debit(amount=payment.amount, at=payment.at),
        )
        self._attempt(payment, payment.at, None)
        return payment

    def _finish(self, payment: Payment) -> Payment:
        """Write the payment, its lines on the balance and its consequences."""
        self.diary.write(payment)
        balance.book_payment(self.diary, payment)
        if payment.order and payment.paid_at:
            self.diary.tell("order paid", payment.order, at=payment.paid_at)
        if 0 < payment.captured < payment.amount:
            aftermath.release(self.diary, payment)
        elif payment.settlement and not payment.bounced_at:
            aftermath.follow(self.diary, self.random, payment)
        return payment

    def _attempt(self, payment: Payment, at: datetime, decline: Decline | None) -> None:
        attempt = Attempt(self.diary.number(Attempt), at, payment, decline)
        self.diary.write(attempt)
        if decline:
            self.diary.tell("attempt failed", attempt, at=at)
            if payment.order:
                self.diary.tell("order unpaid", payment.order, at=at)
            return
        what = "attempt failed" if payment.bounced_at else "attempt succeeded"
        self.diary.tell(what, attempt, at=payment.bounced_at or payment.clears_at or at)
