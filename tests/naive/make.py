"""Builders of ledger and rates text, for tests and invented worlds."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

COLUMNS = (
    "row source source_kind external_id kind status livemode occurred_at amount currency fee tax shipping discount "
    "customer country order_ref payment_ref refund_of subscription lines"
).split()

EMPTY: Mapping[str, object] = dict.fromkeys(COLUMNS, "") | {
    "kind": "sale",
    "status": "settled",
    "livemode": "1",
    "currency": "EUR",
    "fee": "0.00",
    "tax": "0.00",
    "shipping": "0.00",
    "discount": "0.00",
}

KIND_OF_SOURCE = {
    "stripe": "gateway",
    "paypal": "gateway",
    "mollie": "gateway",
    "woo": "store",
    "shopify": "store",
    "till": "file",
}

RATES = """date,currency,units_per_eur
2026-03-02,USD,1.25
2026-03-02,GBP,0.80
2026-03-02,JPY,160
2026-03-02,KWD,0.35
"""
"""One banking day; good until 12 March."""


def row(
    source: str, external_id: str, amount: str, at: str = "2026-03-02T12:00:00Z", **fields: object
) -> dict[str, Any]:
    """One settled live sale in EUR, unless the fields say otherwise."""
    named = {"source": source, "source_kind": KIND_OF_SOURCE[source], "external_id": external_id}
    return {**EMPTY, **named, "amount": amount, "occurred_at": at, **fields}


def ledger(*rows: Mapping[str, object]) -> str:
    """The rows as a ledger file."""
    return ledger_of(rows)


def ledger_of(records: Iterable[Mapping[str, object]]) -> str:
    """The records as a ledger file, numbered in this order."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for number, record in enumerate(records, start=1):
        texts = {column: text_of(record[column]) for column in COLUMNS}
        writer.writerow(texts | {"row": str(number)})
    return file.getvalue()


def text_of(value: object) -> str:
    """A cell: an instant in UTC, a Decimal in plain digits, lines as `PRODUCT:quantity:amount|…`."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list):
        return "|".join(f"{product}:{quantity}:{amount:f}" for product, quantity, amount in value)
    return str(value)
