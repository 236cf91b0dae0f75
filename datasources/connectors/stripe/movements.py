"""Money: balance transactions become rows; charges, refunds and disputes tell more of them.

Source: https://docs.stripe.com/reports/balance-transaction-types, https://docs.stripe.com/reports/reporting-categories

The external id of a sale is its charge's (ch_, py_), of a refund its refund's (re_, pyr_), of all else the balance
transaction's (txn_), so that a payment that failed, which has no balance transaction, has its id in the same way.
"""

from collections.abc import Iterator

from datasources.connectors.base import DetailDraft, MovementDraft
from datasources.connectors.stripe.money import instant, money
from datasources.connectors.stripe.records import BalanceTransaction, Charge, Dispute, Refund, id_of
from putler.kernel.money import Money

_KINDS = {  # by reporting category; all others are adjustments
    "charge": "sale",
    "charge_failure": "adjustment",
    "dispute": "dispute",
    "dispute_reversal": "dispute_reversal",
    "fee": "fee",
    "network_cost": "fee",
    "partial_capture_reversal": "adjustment",
    "payout": "payout",
    "payout_reversal": "payout",
    "refund": "refund",
    "refund_failure": "refund",
    "tax": "fee",
}
_CATEGORIES = {  # by type, where the category is missing or new
    "charge": "charge",
    "network_cost": "network_cost",
    "payment": "charge",
    "payment_failure_refund": "charge_failure",
    "payment_refund": "refund",
    "payment_reversal": "charge_failure",
    "payout": "payout",
    "payout_cancel": "payout_reversal",
    "payout_failure": "payout_reversal",
    "refund": "refund",
    "refund_failure": "refund_failure",
    "stripe_fee": "fee",
    "stripe_fx_fee": "fee",
    "tax_fee": "tax",
}
_CHARGES = ("ch_", "py_")
_REFUNDS = ("re_", "pyr_")
_DISPUTES = ("dp_", "du_")


def from_balance_transaction(record: BalanceTransaction) -> Iterator[MovementDraft]:
    """One settled row, also while its funds are not available yet."""
    category, source = _category(record), id_of(record.source) or ""
    amount = money(record.amount, record.currency)
    kind = _kind(category, amount)
    parent = _parent(kind, category, source)
    yield MovementDraft(
        external_id=_external_id(record, kind, category),
        kind=kind,
        status="settled",
        occurred_at=instant(record.created),
        amount=amount,
        presentment=amount,
        fee=money(record.fee, record.currency).minor,
        # What knows its parent asks nobody: the refund's own detail would name the charge as that of its failure.
        payment_ref=None if parent else source or None,
        provider_refs=(record.id,),
        parent_ref=parent,
    )


def from_charge(charge: Charge) -> Iterator[DetailDraft | MovementDraft]:
    """What a charge tells of its sale; and where no money moved, the attempt itself."""
    yield _of_sale(charge)
    if reversal := id_of(charge.failure_balance_transaction):
        yield DetailDraft(external_id=f"{charge.id}:failure", about=reversal, parent_ref=charge.id)
    if status := _status_of_attempt(charge):
        amount = money(charge.amount, charge.currency)
        yield MovementDraft(
            external_id=charge.id,
            kind="sale",
            status=status,
            occurred_at=instant(charge.created),
            amount=amount,
            presentment=amount,
            payment_ref=charge.id,
            is_attempt=True,
        )


def from_refund(refund: Refund) -> Iterator[DetailDraft]:
    """The sale that a refund belongs to, and what the buyer got back."""
    amount = money(-refund.amount, refund.currency)
    yield _of_parent(refund, amount)


def from_dispute(dispute: Dispute) -> Iterator[DetailDraft]:
    """The sale that a dispute, and what is won of it, belong to."""
    yield _of_parent(dispute, None)


def _category(record: BalanceTransaction) -> str:
    if record.reporting_category in _KINDS:
        return record.reporting_category
    if (id_of(record.source) or "").startswith(_DISPUTES):
        return "dispute"
    return _CATEGORIES.get(record.type, "")


def _kind(category: str, amount: Money) -> str:
    kind = _KINDS.get(category, "adjustment")
    if kind in {"dispute", "dispute_reversal"}:
        return "dispute" if amount.amount <= 0 else "dispute_reversal"
    return "adjustment" if kind == "sale" and amount.amount < 0 else kind


def _external_id(record: BalanceTransaction, kind: str, category: str) -> str:
    source = id_of(record.source) or ""
    is_sale = kind == "sale" and source.startswith(_CHARGES)
    is_refund = category == "refund" and source.startswith(_REFUNDS)
    return source if is_sale or is_refund else record.id


def _parent(kind: str, category: str, source: str) -> str | None:
    if category == "refund_failure":
        return source or None
    return source if kind != "sale" and source.startswith(_CHARGES) else None


def _of_sale(charge: Charge) -> DetailDraft:
    billing, customer = charge.billing_details, id_of(charge.customer)
    guest = (billing.email if billing else None) or charge.receipt_email
    payment_intent, invoice = id_of(charge.payment_intent), id_of(charge.invoice)
    return DetailDraft(
        external_id=charge.id,
        about=charge.id,
        status=_status_of_money(charge),
        presentment=money(charge.amount_captured or charge.amount, charge.currency),
        customer_ref=customer,
        email=None if customer else guest,
        country=(billing.address.country if billing and billing.address else None) or None,
        order_ref=payment_intent,
        provider_refs=tuple(ref for ref in (payment_intent, invoice) if ref),
    )


def _status_of_money(charge: Charge) -> str | None:
    """Of the row that the balance transaction makes. One that failed afterwards stays: its reversal is another row."""
    if charge.status == "pending":
        return "pending"
    has_moved = charge.balance_transaction or (charge.captured and charge.status == "succeeded")
    return "settled" if has_moved else None


def _status_of_attempt(charge: Charge) -> str | None:
    """Of a row of the charge's own; None where the balance transaction makes it, or is about to."""
    if charge.balance_transaction:
        return None
    if charge.status == "failed":
        return "failed"
    if charge.status == "pending":
        return "pending"
    if charge.captured:
        return None
    return "cancelled" if charge.refunded else "pending"


def _of_parent(record: Refund | Dispute, presentment: Money | None) -> DetailDraft:
    payment_intent = id_of(record.payment_intent)
    return DetailDraft(
        external_id=record.id,
        about=record.id,
        presentment=presentment,
        parent_ref=id_of(record.charge),
        provider_refs=(payment_intent,) if payment_intent else (),
    )
