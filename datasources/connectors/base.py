"""Drafts: what a connector understood of a provider's records, before the ledger knows them."""

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
    """One movement of money; `docs/metrics.md` section 1 says what each field means and which sign it has."""

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
