"""Facts by hand: a tiny shop of which the sums can be done on paper."""

from datetime import UTC, datetime, timedelta
from typing import Any

from datasources.sandbox.world.facts import (
    Attempt,
    Buyer,
    Dispute,
    Facts,
    Line,
    Order,
    Payment,
    Refund,
    ServiceFee,
    Settlement,
)
from datasources.sandbox.world.words import Complaint, Decline, Outcome

ANNA = Buyer(1, datetime(2026, 1, 1, tzinfo=UTC), "Anna", "anna@example.com", "DE", "Hamburg")
NOBODY = Buyer(2, ANNA.at, "", None, "DE", "Hamburg", is_guest=True)


def moment(text: str) -> datetime:
    """Read `2026-03-01 10:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def payment(at: str, amount: int = 10_000, *, buyer: Buyer = ANNA, **fields: Any) -> Payment:
    """Make a payment of euros that worked, with a fee of 200."""
    paid_at = moment(at)
    settlement = Settlement("EUR", amount, 200, paid_at + timedelta(days=7))
    known: dict[str, Any] = {"paid_at": paid_at, "captured": amount, "settlement": settlement, "currency": "EUR"}
    return Payment(1, paid_at, buyer, amount, **(known | fields))


def order(*, goods: int, tax: int = 0, shipping: int = 0) -> Order:
    """Make an order of two mugs."""
    return Order(1, ANNA.at, ANNA, "EUR", (Line("mug", 2, goods),), tax, shipping)


def refund(of: Payment, at: str, amount: int, **fields: Any) -> Refund:
    """Make a refund in the settlement's own currency."""
    return Refund(1, moment(at), of, amount, fields.pop("settled", amount), **fields)


def dispute(of: Payment, at: str, outcome: Outcome, closed: str) -> Dispute:
    """Make a dispute of the whole payment, with a fee of 1500."""
    return Dispute(1, moment(at), of, of.amount, 1500, Complaint.FRAUD, outcome, moment(closed))


def decline(of: Payment, at: str) -> Attempt:
    """Make an attempt that failed."""
    return Attempt(1, moment(at), of, Decline.NO_FUNDS)


def service_fee(at: str, amount: int) -> ServiceFee:
    """Make a monthly fee."""
    return ServiceFee(1, moment(at), "EUR", amount, "2026-02")


def shop(**lists: list[Any]) -> Facts:
    """Make a shop in which nothing else happened."""
    return Facts(**lists)
