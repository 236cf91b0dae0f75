"""Plain builders of bookkeeping's values: what a test does not name is ordinary."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from datasources.bookkeeping.rows import LineItem, Row

STRIPE, PAYPAL, WOO = 1, 2, 3
KINDS = {STRIPE: "gateway", PAYPAL: "gateway", WOO: "store"}
_numbers = count(1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def row(source: int, external_id: str, amount: int, when: str = "2026-02-02 12:00", **fields: Any) -> Row:
    """A settled sale in euros, `amount` in cents; `lines` as (product, quantity, amount)."""
    lines = tuple(LineItem(*line) for line in fields.pop("lines", ()))
    currency = fields.setdefault("currency", "EUR")
    ordinary = {
        "id": next(_numbers),
        "source_kind": KINDS.get(source, "gateway"),
        "kind": "sale",
        "status": "settled",
        **dict.fromkeys(("fee", "tax", "shipping", "discount"), 0),
        "presentment_currency": currency,
        "presentment_amount": amount,
    }
    facts = {"source_id": source, "external_id": external_id, "amount": amount, "occurred_at": at(when), "lines": lines}
    return Row(**ordinary | facts | fields)
