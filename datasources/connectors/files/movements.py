"""Files with one row a movement of money.

Without a column of kinds a negative amount is a refund. A row without a number of its own is known by what it says, and
by how many rows before it say the same: the same file again brings the same rows.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from datasources.connectors.base import CustomerDraft, LineDraft, MovementDraft
from datasources.connectors.files import cells
from datasources.connectors.files.numbers import SCALE
from datasources.connectors.files.outcomes import Noted, Outcome, each
from datasources.connectors.files.reading import Reading
from datasources.connectors.files.text import Row
from datasources.connectors.ledger_csv import LineRefused
from putler.kernel.money import Money, decimals

_KINDS = {
    "sale": "sale charge payment order purchase capture zahlung verkauf",
    "refund": "refund rückzahlung erstattung return credit",
    "fee": "fee gebühr",
    "dispute": "dispute chargeback",
    "dispute_reversal": "disputereversal chargebackreversal",
    "adjustment": "adjustment correction",
    "payout": "payout withdrawal transfer auszahlung",
}
_BY_WORD = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_STATUSES = {
    "settled": "settled completed complete paid succeeded success captured abgeschlossen bezahlt refunded",
    "pending": "pending open processing authorized unpaid ausstehend",
    "failed": "failed declined denied expired",
    "cancelled": "cancelled canceled voided storniert",
}
_BY_STATE = {word: status for status, words in _STATUSES.items() for word in words.split()}


class Movements:
    """Reads such a file. Once it is read, `countries` are all that it names; it has no names of products."""

    def __init__(self, reading: Reading, *, width: int) -> None:
        self.names: dict[str, str] = {}
        self.countries: set[str] = set()
        self._reading, self._width = reading, width
        self._cells = {name: cells.cell(reading, name) for name in _FIELDS}
        self._has = reading.columns.keys()
        self._instants, self._numbers = cells.instants(reading), cells.numbers(reading, "The amount")
        self._currencies, self._customers = cells.currencies(), cells.customers()
        self._countries, self._refs = cells.countries(), cells.references("A number")
        self._skus, self._quantities = cells.references("The product"), cells.quantities(reading)
        self._alike: Counter[str] = Counter()

    @property
    def products(self) -> int:
        """How many different products it has."""
        return len({sku for sku in self._skus.values() if sku})

    @property
    def notes(self) -> list[str]:
        """Nothing is assumed of such a file."""
        return []

    def read(self, rows: Iterable[Row]) -> Iterator[Outcome]:
        """What each row says."""
        return each(rows, self._draft, reading=self._reading, width=self._width, noted=Noted())

    def _draft(self, row: Row) -> MovementDraft:
        has = {name: cell(row.values).strip() for name, cell in self._cells.items()}
        currency = self._currencies[has["currency"]] if "currency" in self._has else self._reading.currency
        amount = Money.from_minor(self._minor(has["amount"], currency), currency)
        at = self._instants[f"{has['date']} {has['time']}" if has["time"] else has["date"]]
        kind = _kind(has["kind"], amount.minor)
        parts = {name: self._minor(has[name], currency) if has[name] else 0 for name in ("fee", "tax", "shipping")}
        if any((parts[name] < 0) != (amount.minor < 0) for name in ("tax", "shipping") if parts[name]):
            raise LineRefused("Tax and shipping are parts of the amount and have its sign.")
        if has["country"]:
            self.countries.add(has["country"])
        return MovementDraft(
            external_id=self._refs[has["id"]] or self._made_up(has, at, kind),
            kind=kind,
            status=_status(has["status"]),
            occurred_at=at,
            amount=amount,
            presentment=amount,
            fee=parts["fee"],
            tax=parts["tax"],
            shipping=parts["shipping"],
            customer=self._customer(has),
            country=self._countries[has["country"]],
            parent_ref=self._refs[has["parent"]] or None,
            lines=self._lines(has, amount.minor - parts["tax"] - parts["shipping"]),
        )

    def _minor(self, text: str, currency: str) -> int:
        exact = self._numbers[text]
        unit: int = 10 ** (SCALE - decimals(currency))
        if exact % unit:
            raise LineRefused(f"The amount is {cells.quoted(text)}: more decimals than {currency} has.")
        return exact // unit

    def _customer(self, has: dict[str, str]) -> CustomerDraft | None:
        return self._customers[has["email"] or has["customer"]]

    def _lines(self, has: dict[str, str], goods: int) -> tuple[LineDraft, ...]:
        sku = self._skus[has["sku"]]
        units = self._quantities[has["quantity"]] if has["quantity"] else 1
        return (LineDraft(sku, -abs(units) if goods < 0 else units, goods),) if sku else ()

    def _made_up(self, has: dict[str, str], at: datetime, kind: str) -> str:
        told = (at.isoformat(), has["amount"], has["currency"], kind, has["email"] or has["customer"])
        digest = hashlib.sha256("\x1f".join(told).encode()).hexdigest()
        self._alike[digest] += 1
        return f"{digest[:40]}-{self._alike[digest]}"


_FIELDS = ("id", "date", "time", "amount", "currency", "kind", "status", "fee", "tax", "shipping", "customer", "email",
           "country", "sku", "quantity", "parent")  # fmt: skip


def _kind(text: str, minor: int) -> str:
    if not text:
        return "refund" if minor < 0 else "sale"
    kind = _BY_WORD.get("".join(text.casefold().replace("_", "").split()))
    if kind is None:
        raise LineRefused(f"The kind is {cells.quoted(text)}; it is one of {', '.join(_KINDS)}.")
    if kind in {"sale", "dispute_reversal"} and minor < 0 or kind == "dispute" and minor > 0:
        raise LineRefused(f"A {kind} has an amount of the other sign.")
    return kind


def _status(text: str) -> str:
    status = _BY_STATE.get(text.casefold()) if text else "settled"
    if status is None:
        raise LineRefused(f"The status is {cells.quoted(text)}; it is one of {', '.join(_STATUSES)}.")
    return status
