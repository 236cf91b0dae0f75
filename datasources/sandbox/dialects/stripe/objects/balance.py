"""Balance transactions, payouts, the balance itself and the account."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from ....world.facts import Dispute, Entry, Payment, Payout, Refund, ServiceFee
from ....world.shop import NAME
from ....world.words import Method, Movement
from ..amounts import code, minor, seconds
from ..desk import Desk, Object

# (type, reporting category)
KINDS: Final = {
    Movement.SALE: ("charge", "charge"),
    Movement.NOT_CAPTURED: ("refund", "partial_capture_reversal"),
    Movement.BOUNCE: ("payment_failure_refund", "charge_failure"),
    Movement.REFUND: ("refund", "refund"),
    Movement.REFUND_FAILURE: ("refund_failure", "refund_failure"),
    Movement.DISPUTE: ("adjustment", "dispute"),
    Movement.DISPUTE_WON: ("adjustment", "dispute_reversal"),
    Movement.SERVICE_FEE: ("stripe_fee", "fee"),
    Movement.PAYOUT: ("payout", "payout"),
    Movement.PAYOUT_FAILURE: ("payout_failure", "payout_reversal"),
}


def kind_of(entry: Entry) -> str:
    """Return the type of a balance transaction; what direct debits bring is called a payment."""
    kind = KINDS[entry.movement][0]
    return "payment" if kind == "charge" and _is_debit(entry) else kind


def balance_transaction(desk: Desk, entry: Entry) -> Object:
    """Tell a line of the balance."""
    currency = entry.currency
    return {
        "id": desk.ids.of("txn", entry.number),
        "object": "balance_transaction",
        "amount": minor(entry.amount, currency),
        "available_on": seconds(entry.available_at),
        "balance_type": "payments",
        "created": seconds(entry.at),
        "currency": code(currency),
        "description": _description(entry),
        "exchange_rate": entry.rate / 1_000_000 if entry.rate else None,
        "fee": minor(entry.fee, currency),
        "fee_details": [_fee_detail(entry)] if entry.fee else [],
        "net": minor(entry.amount - entry.fee, currency),
        "reporting_category": KINDS[entry.movement][1],
        "source": source_of(desk, entry),
        "status": "available" if desk.has_happened(entry.available_at) else "pending",
        "type": kind_of(entry),
    }


def source_of(desk: Desk, entry: Entry) -> str | None:
    """Name the object that moved the balance."""
    cause = entry.cause
    if isinstance(cause, Payment):
        return failure_refund_id(desk, cause) if entry.movement is Movement.BOUNCE else desk.charge_of(cause)
    prefixes = {Refund: "re", Dispute: "dp", Payout: "po"}
    return None if isinstance(cause, ServiceFee) else desk.ids.of(prefixes[type(cause)], cause.number)


def failure_refund_id(desk: Desk, payment: Payment) -> str:
    """Name what takes a failed debit back."""
    return desk.ids.of("pyr", payment.number)


def payout(desk: Desk, fact: Payout) -> Object:
    """Tell a payout; it is in transit until it arrives, and may fail after that."""
    has_failed = desk.has_happened(fact.failed_at)
    status = "failed" if has_failed else "paid" if desk.has_happened(fact.arrives_at) else "in_transit"
    return {
        "id": desk.ids.of("po", fact.number),
        "object": "payout",
        "amount": minor(fact.amount, fact.currency),
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": seconds(fact.arrives_at),
        "automatic": True,
        "balance_transaction": desk.transaction(Movement.PAYOUT, fact.number),
        "created": seconds(fact.at),
        "currency": code(fact.currency),
        "description": "STRIPE PAYOUT",
        "destination": desk.ids.of("ba", fact.currency),
        "failure_balance_transaction": desk.transaction(Movement.PAYOUT_FAILURE, fact.number) if has_failed else None,
        "failure_code": "account_closed" if has_failed else None,
        "failure_message": "The bank account has been closed" if has_failed else None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": status,
        "trace_id": {"status": "supported", "value": desk.ids.of("trace", fact.number)} if status == "paid" else None,
        "type": "bank_account",
    }


def balance(desk: Desk, entries: Iterable[Entry]) -> Object:
    """Tell what lies on the balance now, by currency, and what will once it is available."""
    available: Counter[str] = Counter({"EUR": 0})
    pending: Counter[str] = Counter({"EUR": 0})
    for entry in entries:
        if desk.has_happened(entry.at):
            purse = available if desk.has_happened(entry.available_at) else pending
            purse[entry.currency] += entry.amount - entry.fee
    return {
        "object": "balance",
        "available": [_purse(currency, available[currency]) for currency in sorted(available)],
        "connect_reserved": [{"amount": 0, "currency": "eur"}],
        "livemode": False,
        "pending": [_purse(currency, pending[currency]) for currency in sorted(pending)],
    }


def account(desk: Desk) -> Object:
    """Tell who the shop is; no more of an account is told than a reader of payments may see."""
    return {
        "id": desk.ids.account,
        "object": "account",
        "business_profile": {"name": f"{NAME} (Sandbox)", "support_email": None, "url": None},
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "DE",
        "created": 1_730_419_200,
        "default_currency": "eur",
        "details_submitted": True,
        "email": "hello@example.com",
        "metadata": {},
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": f"{NAME} (Sandbox)", "timezone": "Europe/Berlin"}},
        "type": "standard",
    }


def _is_debit(entry: Entry) -> bool:
    return isinstance(entry.cause, Payment) and entry.cause.method is Method.DEBIT


def _description(entry: Entry) -> str | None:
    cause = entry.cause
    if isinstance(cause, Payment):
        return f"Order {cause.order.number}" if cause.order else "Payment"
    if isinstance(cause, ServiceFee):
        return f"Billing - Usage Fee ({cause.month})"
    if isinstance(cause, Payout):
        return "STRIPE PAYOUT"
    return "REFUND FOR CHARGE" if isinstance(cause, Refund) else "Chargeback withdrawal"


def _fee_detail(entry: Entry) -> Object:
    is_dispute = isinstance(entry.cause, Dispute)
    return {
        "amount": minor(entry.fee, entry.currency),
        "application": None,
        "currency": code(entry.currency),
        "description": "Dispute fee" if is_dispute else "Stripe processing fees",
        "type": "stripe_fee",
    }


def _purse(currency: str, amount: int) -> Object:
    amount = minor(amount, currency)
    return {"amount": amount, "currency": code(currency), "source_types": {"card": amount}}
