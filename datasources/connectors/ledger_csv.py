"""The neutral CSV format: one line a movement, its columns those of the ledger (docs/csv-format.md)."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from datasources.connectors.base import CustomerDraft, LineDraft, MovementDraft
from putler.kernel.errors import PutlerError
from putler.kernel.money import Money, MoneyError, decimals

REQUIRED = ("source", "source_kind", "external_id", "kind", "status", "occurred_at", "amount", "currency")
OPTIONAL = (
    "livemode", "fee", "tax", "shipping", "discount", "customer", "country", "order_ref", "payment_ref", "refund_of",
    "subscription", "lines",
)  # fmt: skip
SOURCE_KINDS = ("gateway", "store", "file")
STATUSES = ("settled", "pending", "failed", "cancelled")
_LONGEST = 200  # characters of a reference
_MOST_COLUMNS = 100
_MOST_DIGITS = 11  # of an amount before its decimal point: leaves room to convert it into any currency and to add up
_MOST_UNITS = 10**6  # of a line and of all lines of a movement
_YEARS = range(1970, 2200)
_PLAIN = re.compile(rf"(-?)([0-9]{{1,{_MOST_DIGITS}}})(?:\.([0-9]+))?")
_BLANK = dict.fromkeys(OPTIONAL, "")

# Which amounts a kind may have, seen from the merchant's side.
_SIGNS: dict[str, tuple[Callable[[int], bool], str]] = {
    "sale": (lambda amount: amount >= 0, "a sale’s amount is not negative"),
    "refund": (lambda amount: True, ""),  # a failed refund comes back as a positive one
    "fee": (lambda amount: True, ""),
    "dispute": (lambda amount: amount <= 0, "a dispute’s amount is not positive"),
    "dispute_reversal": (lambda amount: amount >= 0, "a dispute reversal’s amount is not negative"),
    "adjustment": (lambda amount: True, ""),
    "payout": (lambda amount: True, ""),
}


class FileRefused(PutlerError):
    """The file as a whole cannot be read; the text says what it lacks."""


class LineRefused(PutlerError):
    """One line cannot be imported; the text says why and names no person."""


class Good(NamedTuple):
    """A line that reads well, and the source that it names; `rows`: how many rows of the file it is made of."""

    line: int
    source: str
    source_kind: str
    draft: MovementDraft
    rows: int = 1


class Refused(NamedTuple):
    """A line that does not, and why; `rows`: how many rows of the file are left out with it."""

    line: int
    reason: str
    rows: int = 1


class InTestMode(NamedTuple):
    """A line of a provider's test mode: read, never imported."""

    line: int


def read(text: Iterable[str]) -> Iterator[Good | Refused | InTestMode]:
    """What each line of the file says, in its order; `line` counts from 1, the header included.

    Raises FileRefused when the header is not that of the format.
    """
    reader = csv.reader(text, strict=True)
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        _check_header(columns)
        start = reader.line_num + 1
        for values in reader:
            if values:
                yield _outcome(start, columns, values)
            start = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused(f"Line {reader.line_num} is not valid CSV: {error}.") from error


def _check_header(columns: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise FileRefused(f"The header lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}.")
    if len(columns) > _MOST_COLUMNS:
        raise FileRefused(f"The header has {len(columns)} columns; {_MOST_COLUMNS} are the most.")
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise FileRefused(f"The header has the column {twice[0][:40]} more than once.")


def _outcome(line: int, columns: list[str], values: list[str]) -> Good | Refused | InTestMode:
    if len(values) != len(columns):
        return Refused(line, f"It has {len(values)} fields, the header has {len(columns)}.")
    if "\x00" in "".join(values):
        return Refused(line, "It holds a NUL character.")
    record = _BLANK | dict(zip(columns, map(str.strip, values), strict=True))
    try:
        if not _is_live(record["livemode"]):
            return InTestMode(line)
        source_kind = _one_of(record, "source_kind", SOURCE_KINDS)
        return Good(line, _text(record, "source", required=True), source_kind, _draft(record))
    except (LineRefused, MoneyError) as error:
        return Refused(line, str(error))


def _draft(record: dict[str, str]) -> MovementDraft:
    currency = record["currency"].upper()
    minor = _amount(record["amount"], "amount", currency)
    amount = Money.from_minor(minor, currency)  # so that 12.3 and 12.30 are told alike
    kind = _one_of(record, "kind", tuple(_SIGNS))
    fits, complaint = _SIGNS[kind]
    if not fits(minor):
        raise LineRefused(f"The amount is {amount}, but {complaint}.")
    tax, shipping = (_part_of(minor, record, column, currency) for column in ("tax", "shipping"))
    discount = _minor(record, "discount", currency)
    if discount < 0:
        raise LineRefused("The discount is negative; it is what was taken off, as a positive number.")
    return MovementDraft(
        external_id=_text(record, "external_id", required=True),
        kind=kind,
        status=_one_of(record, "status", STATUSES),
        occurred_at=_instant(record["occurred_at"]),
        amount=amount,
        presentment=amount,
        fee=_minor(record, "fee", currency),
        tax=tax,
        shipping=shipping,
        discount=discount,
        customer=_customer(record["customer"]),
        country=_country(record["country"]),
        order_ref=_text(record, "order_ref") or None,
        payment_ref=_text(record, "payment_ref") or None,
        parent_ref=_text(record, "refund_of") or None,
        subscription_ref=_text(record, "subscription") or None,
        lines=_lines(record["lines"], currency, goods=minor - tax - shipping),
    )


def _is_live(text: str) -> bool:
    if text not in {"", "0", "1"}:
        raise LineRefused(f"livemode is {_quote(text)}; it is 1, or 0 for a test.")
    return text != "0"


def _one_of(record: dict[str, str], column: str, known: tuple[str, ...]) -> str:
    value = record[column].lower()
    if value not in known:
        raise LineRefused(f"{column} is {_quote(value)}; it is one of {', '.join(known)}.")
    return value


def _text(record: dict[str, str], column: str, *, required: bool = False) -> str:
    value = record[column]
    if required and not value:
        raise LineRefused(f"{column} is empty.")
    if len(value) > _LONGEST:
        raise LineRefused(f"{column} has {len(value)} characters; {_LONGEST} are the most.")
    return value


def _minor(record: dict[str, str], column: str, currency: str) -> int:
    text = record[column]
    return _amount(text, column, currency) if text else 0


def _amount(text: str, column: str, currency: str) -> int:
    """Minor units; most amounts are plain, and read without a Decimal."""
    plain = _PLAIN.fullmatch(text)
    if plain and len(plain[3] or "") == decimals(currency):
        return int(plain[1] + plain[2] + (plain[3] or ""))
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise LineRefused(f"{column} is {_quote(text)}; it is a number such as 1234.50.") from error
    if not amount.is_finite() or amount.adjusted() >= _MOST_DIGITS:
        raise LineRefused(f"{column} is {_quote(text)}; it is too large to be kept.")
    return Money(amount, currency).minor


def _part_of(amount: int, record: dict[str, str], column: str, currency: str) -> int:
    part = _minor(record, column, currency)
    if part and (part < 0) != (amount < 0):
        raise LineRefused(f"{column} is a part of the amount and has its sign.")
    return part


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise LineRefused(f"occurred_at is {_quote(text)}; it is a time such as 2026-01-31T23:15:00Z.") from error
    if instant.tzinfo is None:
        raise LineRefused(f"occurred_at is {_quote(text)} without a time zone; end it with Z for UTC.")
    if instant.year not in _YEARS:
        raise LineRefused(f"occurred_at is {_quote(text)}; its year is not one of {_YEARS[0]} to {_YEARS[-1]}.")
    return instant.astimezone(UTC)


def _customer(text: str) -> CustomerDraft | None:
    email = text.lower()
    if not email:
        return None
    if len(email) > 254 or not re.fullmatch(r"[^@\s\x00]+@[^@\s\x00]+", email):
        raise LineRefused("customer is not an e-mail address; leave it empty for a guest.")
    return CustomerDraft(email=email)


def _country(text: str) -> str | None:
    if text and not re.fullmatch(r"[A-Za-z]{2}", text):
        raise LineRefused(f"country is {_quote(text)}; it is an ISO code of two letters.")
    return text.upper() or None


def _lines(text: str, currency: str, *, goods: int) -> tuple[LineDraft, ...]:
    lines = tuple(_line(part, currency) for part in text.split("|")) if text else ()
    if sum(abs(line.quantity) for line in lines) > _MOST_UNITS:
        raise LineRefused("lines has more units than a movement can have.")
    total = sum(line.amount for line in lines)
    if lines and total != goods:
        found, wanted = Money.from_minor(total, currency), Money.from_minor(goods, currency)
        raise LineRefused(f"The lines add up to {found}, but amount − tax − shipping is {wanted}.")
    return lines


def _line(text: str, currency: str) -> LineDraft:
    try:
        sku, quantity, amount = text.rsplit(":", 2)
        line = LineDraft(sku.strip(), int(quantity), _amount(amount, "lines", currency))
    except ValueError as error:
        raise LineRefused(f"lines has {_quote(text)}; each is PRODUCT:quantity:amount.") from error
    if not line.sku or len(line.sku) > _LONGEST or abs(line.quantity) > _MOST_UNITS:
        raise LineRefused(f"lines has {_quote(text)}; its product is empty or too long, or its quantity too large.")
    return line


def _quote(text: str) -> str:
    """As much of what was found as a message needs."""
    return f"“{text[:40]}”"
