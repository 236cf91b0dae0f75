"""Drafts: what a connector understood of a provider's records, before the ledger knows them.

A draft is partial knowledge. Several lists of one provider may speak of the same movement: each tells what it knows, in
any order, and the ledger comes out the same.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from putler.kernel.money import Money


class LineDraft(NamedTuple):
    """A product of a movement; `amount` in minor units of its currency, after discounts, without tax and shipping."""

    sku: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """A buyer as a provider knows them: by e-mail, or by its own id where it tells no address."""

    email: str | None = None
    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class MovementDraft:
    """One movement of money; `docs/metrics.md` section 1 says what each field means and which sign it has.

    On a gateway's movement `payment_ref` is the provider's own object (charge, refund, dispute) under which other lists
    may tell more of it, as a DetailDraft. `is_attempt`: no money has moved yet; a movement that is told as money
    replaces it, never the other way round.
    """

    external_id: str
    kind: str
    status: str
    occurred_at: datetime
    amount: Money
    presentment: Money
    fee: int = 0  # this and the next three: minor units of the amount's currency
    tax: int = 0
    shipping: int = 0
    discount: int = 0
    customer: CustomerDraft | None = None
    country: str | None = None
    order_ref: str | None = None
    payment_ref: str | None = None
    provider_refs: tuple[str, ...] = ()
    parent_ref: str | None = None
    payout_ref: str | None = None
    subscription_ref: str | None = None
    lines: tuple[LineDraft, ...] = ()
    is_attempt: bool = False


class ItemDraft(NamedTuple):
    """A product of a detail, known by the provider's id; `amount` in minor units, after discounts, without tax."""

    product_ref: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class DetailDraft:
    """What another list tells of a movement, which may not have arrived yet.

    `external_id`: the record that tells it. `about`: the `payment_ref`, `external_id` or `order_ref` of the
    movements it speaks of. None and empty fields are not known here. `tax`, `shipping`, `discount` and `items` are
    minor units of `presentment`, and follow the movement's amount where that is another.
    """

    external_id: str
    about: str
    status: str | None = None
    presentment: Money | None = None
    tax: int = 0
    shipping: int = 0
    discount: int = 0
    customer_ref: str | None = None
    email: str | None = None  # a guest's; that of a customer is told by a CustomerRecordDraft
    country: str | None = None
    order_ref: str | None = None
    parent_ref: str | None = None
    subscription_ref: str | None = None
    provider_refs: tuple[str, ...] = ()
    items: tuple[ItemDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerRecordDraft:
    """A customer as the provider keeps them; `is_deleted`: the provider has erased them."""

    external_id: str
    email: str | None = None
    name: str | None = None
    country: str | None = None
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product, or with `product_ref` one of its prices, as the provider keeps it."""

    external_id: str
    name: str | None = None
    product_ref: str | None = None
    price: Money | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionDraft:
    """A subscription as it is now."""

    external_id: str
    status: str
    customer_ref: str | None
    product_ref: str | None
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class SubscriptionEventDraft:
    """What became of a subscription at an instant, and its price from then on (`docs/metrics.md`, subscriptions).

    `price`: of one period and all units together. `discount`: what a coupon takes off it, minor units of its currency.
    `is_assumed`: the provider tells the instant, but only today's terms; what is already known of the event stands, and
    what another list tells of it replaces this.
    """

    external_id: str
    subscription_ref: str
    event: str
    effective_at: datetime
    price: Money
    interval: str
    interval_count: int
    quantity: int
    discount: int = 0
    discount_kind: str | None = None
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class StatementDraft:
    """A total that the provider itself tells, to be held against the ledger: of a payout, or of the balance at a time.

    `kind`: a value of models.StatementKind. A balance holds all that moved up to and including `at`.
    """

    external_id: str
    at: datetime
    amount: Money
    kind: str = "payout"


@dataclass(frozen=True, slots=True)
class PayoutPartDraft:
    """A movement that the provider counts into a payout. `net`: its amount less its fee."""

    external_id: str
    payout_ref: str
    at: datetime
    net: Money


Draft = (
    MovementDraft
    | DetailDraft
    | CustomerRecordDraft
    | ProductDraft
    | SubscriptionDraft
    | SubscriptionEventDraft
    | StatementDraft
    | PayoutPartDraft
)
