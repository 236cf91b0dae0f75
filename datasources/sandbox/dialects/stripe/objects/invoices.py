"""Invoices with their lines, and what was paid on them: one invoice an order."""

from typing import Final

from ....world.facts import Order, Payment
from ....world.words import Reason
from ..amounts import code, minor, seconds
from ..desk import Desk, Object
from .discounts import discount_id
from .lines import first_lines, has_discount, invoice_id, subscription_of, tax
from .people import address, customer_id

REASONS: Final = {
    Reason.BASKET: "manual",
    Reason.SIGN_UP: "subscription_create",
    Reason.RENEWAL: "subscription_cycle",
}
BLANK: Final = (  # what this shop never fills in
    "account_tax_ids application automatically_finalizes_at custom_fields default_payment_method "
    "default_source description due_date footer from_invoice hosted_invoice_url invoice_pdf "
    "last_finalization_error latest_revision next_payment_attempt on_behalf_of receipt_number rendering "
    "shipping_details statement_descriptor test_clock"
).split()


def invoice(desk: Desk, order: Order) -> Object:
    """Tell an order as an invoice; tax comes on top of what the lines say."""
    payment = desk.files.payment_of.get(order.number)
    paid = _is_paid(desk, order, payment)
    total, due = minor(order.total, order.currency), 0 if paid else minor(order.total, order.currency)
    attempts = _attempts(desk, payment)
    return {
        "id": invoice_id(desk, order),
        "object": "invoice",
        **dict.fromkeys(BLANK),
        "account_country": "DE",
        "account_name": "Kaffeehafen (Sandbox)",
        "amount_due": total,
        "amount_overpaid": 0,
        "amount_paid": total if paid else 0,
        "amount_remaining": due,
        "amount_shipping": minor(order.shipping, order.currency),
        "attempt_count": attempts,
        "attempted": attempts > 0 or paid,
        "auto_advance": False,
        "automatic_tax": {
            "disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None,
        },
        "billing_reason": REASONS[order.reason],
        "collection_method": "charge_automatically",
        "created": seconds(order.at),
        "currency": code(order.currency),
        **_customer(desk, order),
        "default_tax_rates": [],
        "discounts": [discount_id(desk, order)] if has_discount(order) else [],
        "effective_at": seconds(order.at),
        "ending_balance": 0,
        "issuer": {"type": "self"},
        "lines": first_lines(desk, order),
        "livemode": False,
        "metadata": {},
        "number": f"KH-{order.number:05}",
        "parent": _parent(desk, order),
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": seconds(order.period[1] if order.period else order.at),
        "period_start": seconds(order.at),
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "shipping_cost": _shipping(order),
        "starting_balance": 0,
        "status": "paid" if paid else "open",
        "status_transitions": {
            "finalized_at": seconds(order.at),
            "marked_uncollectible_at": None,
            "paid_at": seconds((payment and payment.paid_at) or order.at) if paid else None,
            "voided_at": None,
        },
        **_totals(desk, order),
        "webhooks_delivered_at": seconds(order.at),
    } | _old_fields(desk, order, payment)  # fmt: skip


def invoice_payment(desk: Desk, payment: Payment) -> Object:
    """Tell what was paid, or is still to be paid, on an invoice."""
    assert payment.order, "only payments of orders are filed"  # noqa: S101 - an impossible state
    paid = _is_paid(desk, payment.order, payment)
    amount = minor(payment.amount, payment.currency)
    return {
        "id": desk.ids.of("inpay", payment.number),
        "object": "invoice_payment",
        "amount_paid": amount if paid else None,
        "amount_requested": amount,
        "created": seconds(payment.at),
        "currency": code(payment.currency),
        "invoice": invoice_id(desk, payment.order),
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": desk.ids.of("pi", payment.number), "type": "payment_intent"},
        "status": "paid" if paid else "open",
        "status_transitions": {
            "canceled_at": None, "paid_at": seconds(payment.paid_at) if paid and payment.paid_at else None,
        },
    }  # fmt: skip


def payments_of(desk: Desk, order: Order) -> Object:
    """Return the payments of an invoice, which it shows when asked to."""
    payment = desk.files.payment_of.get(order.number)
    return desk.listed([invoice_payment(desk, payment)] if payment else [], "/v1/invoice_payments")


def _is_paid(desk: Desk, order: Order, payment: Payment | None) -> bool:
    return desk.has_happened(payment.paid_at) if payment else not order.total


def _attempts(desk: Desk, payment: Payment | None) -> int:
    tried = desk.files.attempts[payment.number] if payment else []
    return sum(desk.has_happened(attempt.at) for attempt in tried)


def _customer(desk: Desk, order: Order) -> Object:
    buyer = order.buyer
    return {
        "customer": customer_id(desk, buyer),
        "customer_account": None,
        "customer_address": address(buyer),
        "customer_email": buyer.email,
        "customer_name": buyer.name,
        "customer_phone": None,
        "customer_shipping": None,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
    }


def _totals(desk: Desk, order: Order) -> Object:
    before = sum(line.amount + line.discount for line in order.lines)
    discount = sum(line.discount for line in order.lines)
    amounts = {
        "subtotal": before,
        "subtotal_excluding_tax": before,
        "total": order.total,
        "total_excluding_tax": order.total - order.tax,
    }
    told: Object = {name: minor(amount, order.currency) for name, amount in amounts.items()}
    discounts = [{"amount": minor(discount, order.currency), "discount": discount_id(desk, order)}]
    return told | {
        "total_discount_amounts": discounts if discount else [],
        "total_pretax_credit_amounts": [],
        "total_taxes": [tax(desk, order, order.tax, before - discount)] if order.tax else [],
    }


def _parent(desk: Desk, order: Order) -> Object | None:
    if not order.subscription:
        return None
    details: Object = {"metadata": {}, "subscription": subscription_of(desk, order)}
    return {"quote_details": None, "subscription_details": details, "type": "subscription_details"}


def _shipping(order: Order) -> Object | None:
    amount = minor(order.shipping, order.currency)
    told = {"amount_subtotal": amount, "amount_tax": 0, "amount_total": amount, "shipping_rate": None}
    return told if amount else None


def _old_fields(desk: Desk, order: Order, payment: Payment | None) -> Object:
    """Return what earlier versions said of an invoice besides, instead of `parent` and `total_taxes`."""
    if not desk.has_old_invoices:
        return {}
    return {
        "charge": desk.charge_of(payment) if payment else None,
        "payment_intent": desk.ids.of("pi", payment.number) if payment else None,
        "paid": _is_paid(desk, order, payment),
        "subscription": subscription_of(desk, order),
        "tax": minor(order.tax, order.currency),
    }
