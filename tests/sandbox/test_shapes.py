"""Every answer has the fields and types of what Stripe itself recorded."""

from pathlib import Path
from typing import Final

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
    "prices": "price",
    "products": "product",
    "refunds": "refund",
    "subscriptions": "subscription",
}
FREE: Final = {"metadata", "data.object"}  # whatever is inside depends on the object
SPECIMENS: Final = {}
