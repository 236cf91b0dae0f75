"""What can happen in the shop. Moments are aware UTC; amounts are whole minor units of the currency beside them."""

from dataclasses import dataclass, field
from datetime import datetime

from .words import Complaint, Decline, Method, Movement, Outcome, Reason, Standing


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody who pays; a guest leaves an address but is no customer of the provider's."""

    number: int
    at: datetime
    name: str
    email: str | None
    country: str
    city: str
    is_guest: bool = False
    is_cafe: bool = False

    @property
    def key(self) -> str | None:
        """Say who this is: the address in lower case, else the customer's number; None for nobody known."""
        if self.email:
            return self.email.lower()
        return None if self.is_guest else f"customer {self.number}"


@dataclass(frozen=True, slots=True)
class Line:
    """One product of an order: `amount` after discount, without tax and shipping."""

    product: str
    quantity: int
    amount: int
    discount: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """What a buyer owes and for what; tax comes on top of the lines."""

    number: int
    at: datetime
    buyer: Buyer
    currency: str
    lines: tuple[Line, ...]
    tax: int = 0
    shipping: int = 0
    reason: Reason = Reason.BASKET
    subscription: int | None = None
    period: tuple[datetime, datetime] | None = None

    @property
    def total(self) -> int:
        """The amount due."""
        return sum(line.amount for line in self.lines) + self.tax + self.shipping


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a payment became on the balance: `rate` in millionths where the currency was converted."""

    currency: str
    amount: int
    fee: int
    available_at: datetime
    rate: int | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """A wish to pay `amount`; without a settlement no money ever moved.

    `at` is the first attempt, `paid_at` the one that worked; `captured` is less than `amount` where not all was sent.
    A debit is pending until `clears_at`; at `bounced_at` it fails after all.
    """

    number: int
    at: datetime
    buyer: Buyer
    amount: int
    currency: str
    method: Method = Method.CARD
    order: Order | None = None
    paid_at: datetime | None = None
    captured: int = 0
    settlement: Settlement | None = None
    clears_at: datetime | None = None
    bounced_at: datetime | None = None

    def is_settled(self, now: datetime) -> bool:
        """Say whether the money counts by `now`: paid, captured, and no longer waiting for the bank's word."""
        certain_at = self.bounced_at or self.clears_at or self.paid_at
        return self.settlement is not None and certain_at is not None and certain_at <= now


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a payment; `decline` says why it did not work."""

    number: int
    at: datetime
    payment: Payment
    decline: Decline | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back: `amount` as the buyer sees it, `settled` as it left the balance; both positive.

    A release is no buyer's refund: the part of a payment that was authorised and never captured.
    """

    number: int
    at: datetime
    payment: Payment
    amount: int
    settled: int
    rate: int | None = None
    failed_at: datetime | None = None
    is_release: bool = False
    is_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Dispute:
    """A payment contested at the buyer's bank; `settled` and `fee` leave the balance unless it is an inquiry."""

    number: int
    at: datetime
    payment: Payment
    settled: int
    fee: int
    complaint: Complaint
    outcome: Outcome
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceFee:
    """What the provider takes once a month for its services; `amount` is positive."""

    number: int
    at: datetime
    currency: str
    amount: int
    month: str


@dataclass(frozen=True, slots=True)
class Payout:
    """Balance sent to the shop's bank, and the entries it consists of; at `failed_at` it came back."""

    number: int
    at: datetime
    arrives_at: datetime
    currency: str
    amount: int
    entries: frozenset[int]
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """How a subscription stands from `at` on."""

    at: datetime
    what: str
    standing: Standing
    plan: str
    quantity: int
    period: tuple[datetime, datetime]
    is_paused: bool = False
    cancels_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A standing order and its whole life, oldest phase first; phases after now are not yet known to anybody."""

    number: int
    at: datetime
    buyer: Buyer
    currency: str
    phases: tuple[Phase, ...]
    trial_ends_at: datetime | None = None
    has_coupon: bool = False

    def known(self, now: datetime) -> list[Phase]:
        """List the phases that have begun by `now`."""
        return [phase for phase in self.phases if phase.at <= now]


Cause = Payment | Refund | Dispute | ServiceFee | Payout


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the balance: signed `amount`, and `fee` kept back with it (given back: negative)."""

    number: int
    at: datetime
    available_at: datetime
    movement: Movement
    currency: str
    amount: int
    fee: int
    cause: Cause
    rate: int | None = None


Topic = Buyer | Order | Attempt | Refund | Dispute | Payout | Subscription


@dataclass(frozen=True, slots=True)
class Happening:
    """News that a provider would tell by webhook."""

    number: int
    at: datetime
    what: str
    about: Topic


@dataclass(slots=True)
class Facts:
    """Everything that happened, each list oldest first; later growth only appends."""

    buyers: list[Buyer] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    service_fees: list[ServiceFee] = field(default_factory=list)
    payouts: list[Payout] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
