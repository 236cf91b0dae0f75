"""Charges and payment intents: every attempt of a payment is a charge, the payment itself the intent."""

from datetime import timedelta
from typing import Final

from ....world.facts import Attempt, Payment
from ....world.words import Decline, Method, Movement
from ..amounts import code, minor, seconds
from ..desk import Desk, Object
from .people import address
from .refunds import refund

LAPSES: Final = timedelta(days=7)  # an authorisation that nobody captures
# (failure code, network's reason, message)
FAILURES: Final = {
    Decline.NO_FUNDS: ("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    Decline.NO_REASON: ("card_declined", "generic_decline", "Your card was declined."),
    Decline.EXPIRED: ("expired_card", "expired_card", "Your card has expired."),
    Decline.WRONG_CODE: ("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
}
RETURNED: Final = ("insufficient_funds", "insufficient_funds", "The debit was returned by the bank.")
BLANK_CHARGE: Final = (  # what this shop never fills in
    "application application_fee application_fee_amount on_behalf_of receipt_email receipt_number receipt_url "
    "review shipping source_transfer statement_descriptor statement_descriptor_suffix transfer_data "
    "transfer_group"
).split()
BLANK_INTENT: Final = (  # what this shop never fills in
    "application application_fee_amount automatic_payment_methods client_secret customer_account description "
    "excluded_payment_method_types last_payment_error next_action on_behalf_of "
    "payment_method_configuration_details processing receipt_email review setup_future_usage shipping source "
    "statement_descriptor statement_descriptor_suffix transfer_data transfer_group"
).split()


def charge(desk: Desk, attempt: Attempt) -> Object:
    """Tell an attempt."""
    payment, status = attempt.payment, status_of(desk, attempt)
    currency, worked = payment.currency, attempt.decline is None
    failure = _failure(desk, attempt)
    refunded = refunded_of(desk, attempt)
    told: Object = {
        "id": desk.charge_id(attempt),
        "object": "charge",
        **dict.fromkeys(BLANK_CHARGE),
        "amount": minor(payment.amount, currency),
        "amount_captured": minor(payment.captured, currency) if worked else 0,
        "amount_refunded": minor(refunded, currency),
        "balance_transaction": desk.transaction(Movement.SALE, payment.number) if worked else None,
        "billing_details": _billing(payment),
        "calculated_statement_descriptor": "KAFFEEHAFEN",
        "captured": worked and payment.captured > 0,
        "created": seconds(attempt.at),
        "currency": code(currency),
        "customer": desk.customer_of(payment),
        "description": f"Order {payment.order.number}" if payment.order else "Payment",
        "disputed": worked and desk.is_disputed(payment),
        "failure_balance_transaction": desk.transaction(Movement.BOUNCE, payment.number) if worked else None,
        "failure_code": failure and failure[0],
        "failure_message": failure and failure[2],
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "outcome": _outcome(failure),
        "paid": status == "succeeded",
        "payment_intent": desk.ids.of("pi", payment.number),
        "payment_method": desk.ids.of("pm", payment.number),
        "payment_method_details": _method(desk, payment),
        "refunded": refunded >= payment.amount,
        "status": status,
    }
    return told | _old_fields(desk, attempt)


def status_of(desk: Desk, attempt: Attempt) -> str:
    """Say how an attempt stands; a debit is pending until the bank speaks."""
    payment = attempt.payment
    if attempt.decline or desk.has_happened(payment.bounced_at):
        return "failed"
    return "pending" if payment.clears_at and not desk.has_happened(payment.clears_at) else "succeeded"


def refunded_of(desk: Desk, attempt: Attempt) -> int:
    """Return what is no longer the shop's: refunds, what was not captured, and authorisations that lapsed."""
    payment = attempt.payment
    if attempt.decline:
        return 0
    if not payment.captured:
        return payment.amount if desk.has_happened(attempt.at + LAPSES) else 0
    return desk.refunded(payment)


def payment_intent(desk: Desk, payment: Payment) -> Object:
    """Tell a payment."""
    attempt = desk.latest_attempt(payment)
    status = _intent_status(desk, payment, attempt)
    is_canceled = status == "canceled"
    told: Object = {
        "id": desk.ids.of("pi", payment.number),
        "object": "payment_intent",
        **dict.fromkeys(BLANK_INTENT),
        "amount": minor(payment.amount, payment.currency),
        "amount_capturable": minor(payment.amount, payment.currency) if status == "requires_capture" else 0,
        "amount_details": {"tip": {}},
        "amount_received": minor(payment.captured, payment.currency) if status == "succeeded" else 0,
        "canceled_at": seconds(payment.at + LAPSES) if is_canceled else None,
        "cancellation_reason": "automatic" if is_canceled else None,
        "capture_method": "automatic" if payment.captured == payment.amount else "manual",
        "confirmation_method": "automatic",
        "created": seconds(payment.at),
        "currency": code(payment.currency),
        "customer": desk.customer_of(payment),
        "latest_charge": desk.charge_of(payment),
        "livemode": False,
        "metadata": {},
        "payment_method": desk.ids.of("pm", payment.number),
        "payment_method_options": {},
        "payment_method_types": ["sepa_debit" if payment.method is Method.DEBIT else "card"],
        "status": status,
    }
    if desk.has_old_invoices:
        told["invoice"] = desk.ids.of("in", payment.order.number) if payment.order else None
    return told


def _intent_status(desk: Desk, payment: Payment, attempt: Attempt | None) -> str:
    status = status_of(desk, attempt) if attempt else "failed"
    if status == "failed" or attempt is None:
        return "requires_payment_method"
    if not payment.captured:
        return "canceled" if desk.has_happened(attempt.at + LAPSES) else "requires_capture"
    return "processing" if status == "pending" else "succeeded"


def _failure(desk: Desk, attempt: Attempt) -> tuple[str, str, str] | None:
    if attempt.decline:
        return FAILURES[attempt.decline]
    return RETURNED if desk.has_happened(attempt.payment.bounced_at) else None


def _billing(payment: Payment) -> Object:
    buyer = payment.buyer
    return {"address": address(buyer), "email": buyer.email, "name": buyer.name, "phone": None, "tax_id": None}


def _outcome(failure: tuple[str, str, str] | None) -> Object:
    return {
        "advice_code": "try_again_later" if failure else None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if failure else "approved_by_network",
        "reason": failure and failure[1],
        "risk_level": "normal",
        "seller_message": failure[2] if failure else "Payment complete.",
        "type": "issuer_declined" if failure else "authorized",
    }


def _method(desk: Desk, payment: Payment) -> Object:
    if payment.method is Method.DEBIT:
        bank = {"bank_code": "19043", "country": payment.buyer.country, "last4": "3000", "mandate": None}
        return {"sepa_debit": {**bank, "branch_code": None, "fingerprint": None}, "type": "sepa_debit"}
    card = {
        "amount_authorized": minor(payment.amount, payment.currency),
        "authorization_code": None,
        "brand": "visa",
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": payment.buyer.country,
        "exp_month": 8,
        "exp_year": 2030,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": desk.ids.of("fp", payment.buyer.number, length=16)[3:],
        "funding": "credit",
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": "4242",
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": "visa",
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {
            "maximum_amount_capturable": minor(payment.amount, payment.currency), "status": "unavailable",
        },
        "regulated_status": None,
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }  # fmt: skip
    return {"card": card, "type": "card"}


def _old_fields(desk: Desk, attempt: Attempt) -> Object:
    """Return what earlier versions of the API said of a charge besides."""
    fields: Object = {}
    payment = attempt.payment
    if desk.has_old_invoices:
        fields["invoice"] = desk.ids.of("in", payment.order.number) if payment.order else None
    if desk.has_old_refunds:
        fields["refunds"] = refunds_of(desk, attempt)
    return fields


def refunds_of(desk: Desk, attempt: Attempt) -> Object:
    """Tell the refunds of a charge, newest first."""
    given = [] if attempt.decline else [refund(desk, one) for one in desk.refunds(attempt.payment)]
    return desk.listed(given, f"/v1/charges/{desk.charge_id(attempt)}/refunds")
