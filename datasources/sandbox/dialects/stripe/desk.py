"""What the builders of objects know: the facts by their relations, the moment, and the API version asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ...world.facts import Attempt, Dispute, Entry, Facts, Order, Payment, Payout, Refund, Subscription
from ...world.words import Method, Movement, Outcome
from .ids import Ids

NEWEST: Final = "2026-06-24.dahlia"
INVOICES_APART: Final = "2025-03-31"  # since then charges do not name invoices, nor subscriptions their period
REFUNDS_APART: Final = "2022-11-15"  # since then charges do not list refunds
Object = dict[str, Any]


class Files:
    """Facts found by what they belong to; filled as the world grows."""

    def __init__(self) -> None:
        """Begin empty."""
        self.refunds: defaultdict[int, list[Refund]] = defaultdict(list)
        self.disputes: defaultdict[int, list[Dispute]] = defaultdict(list)
        self.attempts: defaultdict[int, list[Attempt]] = defaultdict(list)
        self.entries: dict[tuple[Movement, int], Entry] = {}
        self.payment_of: dict[int, Payment] = {}
        self.payout_of: dict[int, Payout] = {}
        self.subscriptions: dict[int, Subscription] = {}
        self.orders: defaultdict[int, list[Order]] = defaultdict(list)
        self._read: defaultdict[str, int] = defaultdict(int)

    def read(self, facts: Facts) -> None:
        """File what was not yet read."""
        for name, file in self._files().items():
            fresh = getattr(facts, name)[self._read[name] :]
            self._read[name] += len(fresh)
            for fact in fresh:
                file(fact)

    def _files(self) -> dict[str, Callable[[Any], None]]:
        return {
            "refunds": lambda refund: self.refunds[refund.payment.number].append(refund),
            "disputes": lambda dispute: self.disputes[dispute.payment.number].append(dispute),
            "attempts": lambda attempt: self.attempts[attempt.payment.number].append(attempt),
            "entries": lambda entry: self.entries.update({(entry.movement, entry.cause.number): entry}),
            "payments": self._file_payment,
            "payouts": self._file_payout,
            "subscriptions": lambda one: self.subscriptions.update({one.number: one}),
            "orders": self._file_order,
        }

    def _file_payment(self, payment: Payment) -> None:
        if payment.order:
            self.payment_of[payment.order.number] = payment

    def _file_payout(self, payout: Payout) -> None:
        self.payout_of.update(dict.fromkeys(payout.entries, payout))

    def _file_order(self, order: Order) -> None:
        if order.subscription:
            self.orders[order.subscription].append(order)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one answer is written: at `now`, in the shape of `version`."""

    files: Files
    ids: Ids
    now: datetime
    opened_at: datetime
    version: str = NEWEST

    @property
    def has_old_invoices(self) -> bool:
        """Say whether charges name their invoice."""
        return self.version < INVOICES_APART

    @property
    def has_old_refunds(self) -> bool:
        """Say whether charges list their refunds."""
        return self.version < REFUNDS_APART

    def has_happened(self, moment: datetime | None) -> bool:
        """Say whether a moment is not after now."""
        return moment is not None and moment <= self.now

    def charge_id(self, attempt: Attempt) -> str:
        """Name an attempt; direct debits have a prefix of their own."""
        return self.ids.of("py" if attempt.payment.method is Method.DEBIT else "ch", attempt.number)

    def latest_attempt(self, payment: Payment) -> Attempt | None:
        """Return the last attempt so far; the one that worked is always the last."""
        return next((one for one in reversed(self.files.attempts[payment.number]) if self.has_happened(one.at)), None)

    def charge_of(self, payment: Payment) -> str | None:
        """Name the latest charge of a payment."""
        attempt = self.latest_attempt(payment)
        return self.charge_id(attempt) if attempt else None

    def customer_of(self, payment: Payment) -> str | None:
        """Name the payer, unless it is a guest."""
        return None if payment.buyer.is_guest else self.ids.of("cus", payment.buyer.number, length=14)

    def transaction(self, movement: Movement, number: int) -> str | None:
        """Name the line that a fact left on the balance, once it is there."""
        entry = self.files.entries.get((movement, number))
        return self.ids.of("txn", entry.number) if entry and self.has_happened(entry.at) else None

    def refunds(self, payment: Payment) -> Iterator[Refund]:
        """Yield what was given back so far, newest first."""
        return (one for one in reversed(self.files.refunds[payment.number]) if self.has_happened(one.at))

    def refunded(self, payment: Payment) -> int:
        """Add up what was given back and has not failed."""
        return sum(one.amount for one in self.refunds(payment) if not self.has_happened(one.failed_at))

    def is_disputed(self, payment: Payment) -> bool:
        """Say whether a dispute, and not only an inquiry, was opened."""
        disputes = self.files.disputes[payment.number]
        return any(self.has_happened(one.at) and one.outcome is not Outcome.INQUIRY for one in disputes)

    def listed(self, data: list[Object], url: str) -> Object:
        """Return a short list inside another object."""
        return {"object": "list", "data": data, "has_more": False, "url": url}
