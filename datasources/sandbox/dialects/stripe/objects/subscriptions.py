"""Subscriptions with their one item, as they stand at the moment of the answer."""

from datetime import datetime
from typing import Final

from ....world.facts import Phase, Subscription
from ....world.words import Standing
from ..amounts import code, seconds
from ..desk import Desk, Object
from .catalogue import plan, price, price_of
from .discounts import discount, discount_id
from .people import customer_id

STATUS: Final = {
    Standing.WAITING: "incomplete",
    Standing.EXPIRED: "incomplete_expired",
    Standing.TRIAL: "trialing",
    Standing.ACTIVE: "active",
    Standing.BEHIND: "past_due",
    Standing.ENDED: "canceled",
}
BLANK: Final = (  # what this shop never fills in
    "application application_fee_percent billing_cycle_anchor_config billing_thresholds customer_account "
    "days_until_due default_payment_method default_source description next_pending_invoice_item_invoice "
    "on_behalf_of pending_invoice_item_interval pending_setup_intent pending_update schedule test_clock "
    "transfer_data"
).split()


def status_of(desk: Desk, fact: Subscription) -> str:
    """Say how a subscription stands now."""
    return STATUS[fact.known(desk.now)[-1].standing]


def subscription(desk: Desk, fact: Subscription) -> Object:
    """Tell a subscription."""
    phases = fact.known(desk.now)
    phase = phases[-1]
    ended_at = phase.at if phase.standing in (Standing.ENDED, Standing.EXPIRED) else None
    planned = next((one for one in phases if one.cancels_at), None)
    wants_out = planned.at if planned else ended_at
    orders = [order for order in desk.files.orders[fact.number] if desk.has_happened(order.at)]
    is_paused = phase.is_paused
    return {
        "id": desk.ids.of("sub", fact.number),
        "object": "subscription",
        **dict.fromkeys(BLANK),
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": seconds(fact.trial_ends_at or fact.at),
        "billing_mode": {"flexible": None, "type": "classic"},
        "billing_schedules": [],
        "cancel_at": seconds(phase.cancels_at) if phase.cancels_at else None,
        "cancel_at_period_end": bool(phase.cancels_at) and not ended_at,
        "canceled_at": seconds(wants_out) if wants_out else None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": _reason(phase, wants_out)},
        "collection_method": "charge_automatically",
        "created": seconds(fact.at),
        "currency": code(fact.currency),
        "customer": customer_id(desk, fact.buyer),
        "default_tax_rates": [],
        "discounts": [discount_id(desk, fact)] if fact.has_coupon else [],
        "ended_at": seconds(ended_at) if ended_at else None,
        "invoice_settings": {
            "account_tax_ids": None, "custom_fields": None, "description": None, "footer": None,
            "issuer": {"type": "self"},
        },
        "items": _items(desk, fact, phase),
        "latest_invoice": desk.ids.of("in", orders[-1].number) if orders else None,
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": {},
        "pause_collection": {"behavior": "void", "resumes_at": seconds(phase.period[1])} if is_paused else None,
        "payment_settings": {
            "payment_method_options": None, "payment_method_types": None, "save_default_payment_method": "off",
        },
        "start_date": seconds(fact.at),
        "status": STATUS[phase.standing],
        "trial_end": seconds(fact.trial_ends_at) if fact.trial_ends_at else None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": seconds(fact.at) if fact.trial_ends_at else None,
    } | _old_fields(desk, fact, phase)  # fmt: skip


def _items(desk: Desk, fact: Subscription, phase: Phase) -> Object:
    one = price_of(phase.plan, fact.currency, at=desk.opened_at)
    name = desk.ids.of("sub", fact.number)
    item: Object = {
        "id": desk.ids.of("si", fact.number),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": seconds(fact.at),
        "current_period_end": seconds(phase.period[1]),
        "current_period_start": seconds(phase.period[0]),
        "discounts": [],
        "metadata": {},
        "plan": plan(desk, one),
        "price": price(desk, one),
        "quantity": phase.quantity,
        "subscription": name,
        "tax_rates": [],
    }
    if desk.has_old_invoices:
        del item["current_period_end"], item["current_period_start"]
    return desk.listed([item], f"/v1/subscription_items?subscription={name}")


def _reason(phase: Phase, wants_out: datetime | None) -> str | None:
    if phase.what == "let go":
        return "payment_failed"
    return "cancellation_requested" if wants_out else None


def _old_fields(desk: Desk, fact: Subscription, phase: Phase) -> Object:
    """Return what earlier versions said of a subscription besides."""
    if not desk.has_old_invoices:
        return {}
    return {
        "current_period_end": seconds(phase.period[1]),
        "current_period_start": seconds(phase.period[0]),
        "discount": discount(desk, fact) if fact.has_coupon else None,
        "plan": plan(desk, price_of(phase.plan, fact.currency, at=desk.opened_at)),
        "quantity": phase.quantity,
    }
