"""What is read of Stripe's objects: these fields and no others, in the shapes of its older and newer API versions.

Source: https://docs.stripe.com/api
"""

from typing import ClassVar

from msgspec import Struct


class Ref(Struct):
    """An object in the place of its id."""

    id: str


Id = str | Ref | None


def id_of(value: Id) -> str | None:
    """The id that a field holds, whether as such or within the object itself."""
    return value.id if isinstance(value, Ref) else value or None


class BalanceTransaction(Struct):
    id: str
    amount: int
    currency: str
    created: int
    type: str
    fee: int = 0
    reporting_category: str | None = None
    source: Id = None


class Place(Struct):
    country: str | None = None


class Billing(Struct):
    email: str | None = None
    address: Place | None = None


class Charge(Struct):
    id: str
    amount: int
    currency: str
    created: int
    status: str
    livemode: bool | None = None
    amount_captured: int | None = None
    captured: bool = True
    refunded: bool = False
    balance_transaction: Id = None
    failure_balance_transaction: Id = None
    customer: Id = None
    payment_intent: Id = None
    invoice: Id = None  # until 2025-03
    billing_details: Billing | None = None
    receipt_email: str | None = None


class Refund(Struct):
    id: str
    amount: int
    currency: str
    created: int
    charge: Id = None
    payment_intent: Id = None


class Dispute(Struct):
    id: str
    created: int
    livemode: bool | None = None
    charge: Id = None
    payment_intent: Id = None


class Payout(Struct):
    id: str
    amount: int
    currency: str
    created: int
    status: str
    livemode: bool | None = None


class PayoutPart(BalanceTransaction):
    """A balance transaction as a payout lists it; the walk says which payout that is."""

    payout: ClassVar[str] = ""


class Purse(Struct):
    amount: int
    currency: str


class Balance(Struct):
    """What lies at Stripe, not dated: the walk says when it did."""

    created: ClassVar[int] = 0
    available: list[Purse]
    pending: list[Purse]
    livemode: bool | None = None


class Customer(Struct):
    id: str
    created: int
    livemode: bool | None = None
    email: str | None = None
    name: str | None = None
    address: Place | None = None


class Product(Struct):
    id: str
    created: int
    livemode: bool | None = None
    name: str | None = None


class Price(Struct):
    """A price, or one of the plans of the time before."""

    id: str
    created: int
    currency: str
    livemode: bool | None = None
    nickname: str | None = None
    product: Id = None
    unit_amount: int | None = None
    amount: int | None = None  # of a plan
