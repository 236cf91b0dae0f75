"""Every answer has the fields and types of what Stripe recorded itself; exactly the differences are named here."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from tests.sandbox.client import Client

FIXTURES: Final = Path(__file__).parent / "fixtures" / "stripe"
LISTS: Final = {
    "balance_transactions": "balance_transaction",
    "charges": "charge",
    "customers": "customer",
    "disputes": "dispute",
    "events": "event",
    "invoice_payments": "invoice_payment",
    "invoices": "invoice",
    "payment_intents": "payment_intent",
    "payouts": "payout",
    "plans": "plan",
    "prices": "price",
    "products": "product",
    "refunds": "refund",
    "subscriptions": "subscription",
}
# Whatever is inside depends on the object or on the merchant.
FREE: Final = ("metadata", "data.object", "data.previous_attributes")
# The recordings are older than the newest version, or show what a reader of payments never gets.
DROPPED: Final = {
    "account": """business_profile.annual_revenue business_profile.estimated_worker_count business_profile.mcc
        business_profile.minority_owned_business_designation business_profile.product_description
        business_profile.support_address business_profile.support_phone business_profile.support_url controller
        external_accounts future_requirements requirements settings.bacs_debit_payments settings.branding
        settings.card_issuing settings.card_payments settings.invoices settings.payments settings.payouts
        settings.sepa_debit_payments tos_acceptance""",
    "charge": "refunds source payment_method_details.card",  # card: of direct debits
    "invoice": "subscription",
    "payment_intent": "managed_payments",
    "refund": "destination_details.card",  # of direct debits
}
ADDED: Final = {
    "charge": "outcome.risk_level payment_method_details.sepa_debit",
    "event": "data.previous_attributes",  # of updates
    "invoice": "lines.data[].pricing.price_details",
    "invoice_payment": "payment.payment_intent",
    "line_item": "pricing.price_details",
    "refund": "destination_details.sepa_debit failure_balance_transaction failure_reason",  # of failed ones
}
# What the recordings happen to show and the description allows to be null.
NULL: Final = {
    "balance_transaction": "source",  # of the provider's own fees
    "charge": """balance_transaction payment_method_details.card.installments payment_method_details.card.three_d_secure
        payment_method_details.card.wallet receipt_url shipping transfer_data""",
    "coupon": "currency duration_in_months redeem_by",  # so much per cent, for good
    "customer": "discount invoice_settings.rendering_options shipping",
    "discount": "end",
    "invoice": """automatic_tax.liability customer_shipping due_date from_invoice last_finalization_error
        lines.data[].parent.invoice_item_details lines.data[].parent.subscription_item_details
        lines.data[].parent.invoice_item_details.proration_details.credited_items
        lines.data[].parent.subscription_item_details.proration_details.credited_items next_payment_attempt parent
        parent.quote_details payment_settings.payment_method_options rendering shipping_cost shipping_details""",
    "line_item": """parent.invoice_item_details parent.subscription_item_details
        parent.invoice_item_details.proration_details.credited_items
        parent.subscription_item_details.proration_details.credited_items""",
    "payment_intent": """automatic_payment_methods canceled_at client_secret last_payment_error next_action
        payment_method_configuration_details processing shipping transfer_data""",
    "payout": "trace_id",
    "plan": "transform_usage",
    "price": "custom_unit_amount recurring transform_quantity",
    "product": "package_dimensions",
    "subscription": """automatic_tax.liability billing_cycle_anchor_config billing_mode.flexible billing_thresholds
        cancel_at canceled_at ended_at items.data[].billing_thresholds items.data[].plan.transform_usage
        items.data[].price.custom_unit_amount items.data[].price.transform_quantity next_pending_invoice_item_invoice
        pause_collection payment_settings.payment_method_options pending_invoice_item_interval pending_update
        transfer_data trial_end trial_start""",
    "subscription_item": "billing_thresholds plan.transform_usage price.custom_unit_amount price.transform_quantity",
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_hold_what_was_recorded(client: Client, name: str) -> None:
    found = set()
    for told in client.every(f"/v1/{name}"):
        found |= set(differences(told, recorded(LISTS[name])))

    assert found == named(LISTS[name])


@pytest.mark.parametrize("name", ["balance", "account"])
def test_single_objects_hold_what_was_recorded(client: Client, name: str) -> None:
    assert set(differences(client.get(f"/v1/{name}"), recorded(name))) - named(name) == set()


def test_lines_hold_what_was_recorded(client: Client) -> None:
    invoice = client.get("/v1/invoices", limit=1)["data"][0]["id"]
    line = client.get(f"/v1/invoices/{invoice}/lines")["data"][0]

    assert set(differences(line, recorded("line_item"))) - named("line_item") == set()


def test_items_discounts_and_coupons_hold_what_was_recorded(client: Client) -> None:
    told = list(client.every("/v1/subscriptions", status="all", **{"expand[]": "data.discounts.source.coupon"}))
    discount = next(one["discounts"][0] for one in told if one["discounts"])
    coupon = discount["source"]["coupon"]
    item = told[0]["items"]["data"][0]

    assert set(differences(item, recorded("subscription_item"))) - named("subscription_item") == set()
    assert set(differences(discount, recorded("discount"))) - named("discount") == set()
    assert set(differences(coupon, recorded("coupon"))) - named("coupon") == set()


def test_a_wrong_type_and_a_missing_field_are_noticed() -> None:
    assert list(differences({"a": "1", "b": []}, {"a": 1, "b": [], "c": {}})) == ["type a", "dropped c"]


@cache
def recorded(name: str) -> Any:
    """Return Stripe's own recording."""
    return json.loads((FIXTURES / f"{name}.json").read_text())


def named(name: str) -> set[str]:
    """Return the differences that are known."""
    tables = {"dropped": DROPPED, "added": ADDED, "null": NULL}
    return {f"{kind} {path}" for kind, table in tables.items() for path in table.get(name, "").split()}


def differences(told: Any, record: Any, path: str = "") -> Iterator[str]:
    """Yield where an answer departs from a recording; a recorded null says nothing."""
    if record is None or path in FREE:
        return
    if told is None:
        yield f"null {path}"
    elif type(told) is not type(record):
        yield f"type {path}"
    elif isinstance(told, dict):
        yield from _of_objects(told, record, f"{path}." if path else "")
    elif isinstance(told, list) and record:
        for one in told:
            yield from differences(one, record[0], f"{path}[]")


def _of_objects(told: dict[str, Any], record: dict[str, Any], prefix: str) -> Iterator[str]:
    for key in record:
        if key in told:
            yield from differences(told[key], record[key], f"{prefix}{key}")
        else:
            yield f"dropped {prefix}{key}"
    yield from (f"added {prefix}{key}" for key in told if key not in record)
