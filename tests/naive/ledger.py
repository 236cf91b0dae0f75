"""The ledger file as rows: parsed, test mode dropped, sources chosen."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())

Key = tuple[str, str]
"""A row's name: (source, external id)."""


@dataclass(frozen=True)
class Line:
    """One product of a row, excluding tax and shipping, after discounts."""

    product: str
    quantity: int
    amount: Decimal


@dataclass(frozen=True)
class Row:
    """One money movement, as the file says it."""

    source: str
    source_kind: str
    external_id: str
    kind: str
    status: str
    occurred_at: datetime
    amount: Decimal
    currency: str
    fee: Decimal
    tax: Decimal
    shipping: Decimal
    discount: Decimal
    customer: str
    country: str
    order_ref: str
    payment_ref: str
    parent_ref: str
    lines: tuple[Line, ...]

    @property
    def key(self) -> Key:
        """The row's name."""
        return self.source, self.external_id

    @property
    def is_settled(self) -> bool:
        """Whether the money has moved."""
        return self.status == "settled"


def read_rows(text: str, *, sources: frozenset[str] | None, unlinked: frozenset[str]) -> list[Row]:
    """The live rows of the chosen sources, earliest first; a source left out does not exist for any later rule."""
    records = [record for record in csv.DictReader(io.StringIO(text)) if record["livemode"].strip() != "0"]
    rows = [row_of(record) for record in records]
    chosen = [row for row in rows if row.source not in unlinked and (sources is None or row.source in sources)]
    return sorted(chosen, key=in_time)


def in_time(row: Row) -> tuple[datetime, str, str]:
    """The order of rows wherever "first" or "earliest" is said."""
    return row.occurred_at, row.external_id, row.source


def row_of(record: dict[str, str]) -> Row:
    """One line of the file; an e-mail is the same customer in any letter case (E9)."""
    return Row(
        source=record["source"],
        source_kind=record["source_kind"],
        external_id=record["external_id"],
        kind=record["kind"],
        status=record["status"],
        occurred_at=instant(record["occurred_at"]),
        amount=number(record["amount"]),
        currency=record["currency"],
        fee=number(record["fee"]),
        tax=number(record["tax"]),
        shipping=number(record["shipping"]),
        discount=number(record["discount"]),
        customer=record["customer"].strip().lower(),
        country=record["country"],
        order_ref=record["order_ref"],
        payment_ref=record["payment_ref"],
        parent_ref=record["refund_of"],
        lines=tuple(line_of(part) for part in record["lines"].split("|") if part),
    )


def line_of(text: str) -> Line:
    """`PRODUCT:quantity:amount` as a line."""
    product, quantity, amount = text.rsplit(":", 2)
    return Line(product, int(quantity), Decimal(amount))


def instant(text: str) -> datetime:
    """An ISO time with its offset, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def number(text: str) -> Decimal:
    """A decimal number; an empty cell is 0."""
    return Decimal(text) if text else Decimal(0)


def rounded(value: Decimal, currency: str) -> Decimal:
    """The value in the smallest unit of the currency, half away from zero."""
    return value.quantize(Decimal(1).scaleb(-decimals(currency)), ROUND_HALF_UP)


def decimals(currency: str) -> int:
    """How many decimals the currency has."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2
