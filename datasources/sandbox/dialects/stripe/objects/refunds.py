"""Refunds and disputes."""

from datetime import timedelta
from typing import Final

from ....world.facts import Dispute, Payment, Refund
from ....world.words import Complaint, Method, Movement, Outcome
from ..amounts import code, minor, seconds
from ..desk import Desk, Object
from .balance import balance_transaction, failure_refund_id

REASONS: Final = {
    Complaint.FRAUD: ("fraudulent", "10.4"),
    Complaint.NOT_RECEIVED: ("product_not_received", "13.1"),
    Complaint.NOT_AS_DESCRIBED: ("product_unacceptable", "13.3"),
    Complaint.CANCELLED_BEFORE: ("subscription_canceled", "13.2"),
}
EVIDENCE: Final = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal "
    "customer_communication customer_email_address customer_name customer_purchase_ip customer_signature "
    "duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt "
    "refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation "
    "shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number "
    "uncategorized_file uncategorized_text"
).split()
ANSWER_WITHIN: Final = timedelta(days=9)


def refund(desk: Desk, fact: Refund) -> Object:
    """Tell a refund; one that failed gave the money back to the shop."""
    has_failed = desk.has_happened(fact.failed_at)
    movement = Movement.NOT_CAPTURED if fact.is_release else Movement.REFUND
    told = _refund(desk, fact.payment) | {
        "id": desk.ids.of("re", fact.number),
        "amount": minor(fact.amount, fact.payment.currency),
        "balance_transaction": desk.transaction(movement, fact.number),
        "created": seconds(fact.at),
        "reason": None if fact.is_release else "duplicate" if fact.is_duplicate else "requested_by_customer",
        "status": "failed" if has_failed else "succeeded",
    }
    if has_failed:
        told["failure_balance_transaction"] = desk.transaction(Movement.REFUND_FAILURE, fact.number)
        told["failure_reason"] = "expired_or_canceled_card"
    return told


def failure_refund(desk: Desk, payment: Payment) -> Object:
    """Tell what takes a failed debit back; Stripe calls it a refund too."""
    return _refund(desk, payment) | {
        "id": failure_refund_id(desk, payment),
        "amount": minor(payment.amount, payment.currency),
        "balance_transaction": desk.transaction(Movement.BOUNCE, payment.number),
        "created": seconds(payment.bounced_at or payment.at),
    }


def dispute(desk: Desk, fact: Dispute) -> Object:
    """Tell a dispute, with what it moved on the balance."""
    payment, status = fact.payment, _status(desk, fact)
    reason, network_code = REASONS[fact.complaint]
    is_inquiry = fact.outcome is Outcome.INQUIRY
    return {
        "id": desk.ids.of("dp", fact.number),
        "object": "dispute",
        "amount": minor(payment.amount, payment.currency),
        "balance_transactions": _moved(desk, fact),
        "charge": desk.charge_of(payment),
        "created": seconds(fact.at),
        "currency": code(payment.currency),
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": seconds(fact.at + ANSWER_WITHIN),
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": desk.has_happened(fact.at + ANSWER_WITHIN),
            "submission_count": 0,
        },
        "is_charge_refundable": is_inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": desk.ids.of("pi", payment.number),
        "payment_method_details": {
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if is_inquiry else "chargeback",
                "network": "visa",
                "network_reason_code": network_code,
            },
            "type": "card",
        },
        "reason": reason,
        "status": status,
    }


def _status(desk: Desk, fact: Dispute) -> str:
    is_closed = desk.has_happened(fact.closed_at)
    if fact.outcome is Outcome.INQUIRY:
        return "warning_closed" if is_closed else "warning_needs_response"
    if is_closed:
        return "won" if fact.outcome is Outcome.WON else "lost"
    return "under_review" if desk.has_happened(fact.at + ANSWER_WITHIN) else "needs_response"


def _moved(desk: Desk, fact: Dispute) -> list[Object]:
    keys = [(movement, fact.number) for movement in (Movement.DISPUTE, Movement.DISPUTE_WON)]
    entries = [desk.files.entries[key] for key in keys if key in desk.files.entries]
    return [balance_transaction(desk, entry) for entry in entries if desk.has_happened(entry.at)]


def _refund(desk: Desk, payment: Payment) -> Object:
    """Return the fields that all refunds of a payment share."""
    kind = "card" if payment.method is Method.CARD else "sepa_debit"
    details: Object = {"card": {"type": "refund"}} if payment.method is Method.CARD else {"sepa_debit": {}}
    return {
        "object": "refund",
        "charge": desk.charge_of(payment),
        "currency": code(payment.currency),
        "customer": None,
        "customer_account": None,
        "destination_details": {**details, "type": kind},
        "metadata": {},
        "payment_intent": desk.ids.of("pi", payment.number),
        "payment_method": None,
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
