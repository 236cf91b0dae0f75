"""The world: a shop that opened one day and grows to any instant; the same seed always tells the same story."""

from datetime import date, datetime, timedelta
from random import Random
from threading import Lock
from typing import Final

from . import balance
from .clock import midnight
from .days import Crowd, trade
from .diary import Diary
from .facts import (
    Attempt,
    Buyer,
    Dispute,
    Entry,
    Facts,
    Happening,
    Order,
    Payment,
    Payout,
    Refund,
    ServiceFee,
    Subscription,
)
from .till import Till
from .words import Movement

NAME: Final = "Kaffeehafen"
OPENED: Final = date(2024, 11, 1)
DOLLARS_AFTER: Final = 180  # days until the shop keeps an account in dollars
PAYS_OUT: Final = timedelta(hours=5)  # after midnight, on Mondays
LISTS: Final = {
    Attempt: "attempts",
    Buyer: "buyers",
    Dispute: "disputes",
    Entry: "entries",
    Happening: "happenings",
    Order: "orders",
    Payment: "payments",
    Payout: "payouts",
    Refund: "refunds",
    ServiceFee: "service_fees",
    Subscription: "subscriptions",
}


class World:
    """The shop's facts, made day by day as somebody asks for them."""

    def __init__(self, *, seed: str = "harbour", opened: date = OPENED) -> None:
        """Open the shop; nothing has happened yet."""
        self.seed, self.opened = seed, opened
        self.facts = Facts()
        self._today = opened
        self.opens_at = midnight(opened)
        self._dollars_from = midnight(opened + timedelta(days=DOLLARS_AFTER))
        self._diary, self._crowd, self._lock = Diary(), Crowd(), Lock()
        self._unpaid: list[Entry] = []

    def grow(self, until: datetime) -> Facts:
        """Return the facts up to the end of that day at least; whoever reads leaves out what is later than now."""
        with self._lock:
            while midnight(self._today) <= until:
                self._live_through(self._today)
                self._today += timedelta(days=1)
        return self.facts

    def _live_through(self, day: date) -> None:
        random, age = Random(f"{self.seed} {day}"), (day - self.opened).days  # noqa: S311 - a story, not a secret
        if day.weekday() == 0:
            self._pay_out(midnight(day) + PAYS_OUT)
        if day.day == 1 and age:
            self._charge_service_fee(random, day)
        trade(Till(self._diary, random, self._dollars_from), self._crowd, day=day, age=age)
        for fact in self._diary.read(before=midnight(day + timedelta(days=1))):
            getattr(self.facts, LISTS[type(fact)]).append(fact)
            if isinstance(fact, Entry) and fact.movement is not Movement.PAYOUT:
                self._unpaid.append(fact)

    def _pay_out(self, at: datetime) -> None:
        ready = [entry for entry in self._unpaid if entry.available_at < at]
        sent = {number for payout in balance.pay_out(self._diary, at=at, ready=ready) for number in payout.entries}
        self._unpaid = [entry for entry in self._unpaid if entry.number not in sent]

    def _charge_service_fee(self, random: Random, day: date) -> None:
        month = (day - timedelta(days=1)).strftime("%Y-%m")
        amount, number = random.randint(900, 2900), self._diary.number(ServiceFee)
        fee = ServiceFee(number, midnight(day) + timedelta(hours=2), "EUR", amount, month)
        self._diary.write(fee)
        balance.book_service_fee(self._diary, fee)
