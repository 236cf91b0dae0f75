"""An invented shop of any size: five years, five sources, three currencies, always the same for the same seed.

It is written in the product's own file format, split into files that the product takes.
"""

import csv
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

FIRST, LAST = date(2021, 1, 1), date(2025, 12, 31)
SEED = 20260101
ROWS_A_FILE = 250_000
COLUMNS = (
    "source", "source_kind", "external_id", "kind", "status", "occurred_at", "amount", "currency", "fee", "tax",
    "shipping", "discount", "customer", "country", "order_ref", "payment_ref", "refund_of", "lines",
)  # fmt: skip
SOURCES = {"Stripe": "gateway", "PayPal": "gateway", "Web shop": "store", "Market": "store", "Old shop": "file"}
_CHANCE = {"Stripe": 0.36, "PayPal": 0.16, "Web shop": 0.22, "Market": 0.14, "Old shop": 0.12}
_CURRENCIES = {"GBP": 0.6, "EUR": 0.25, "USD": 0.15}
_COUNTRIES = "GB GB GB GB DE DE FR FR US US US IE NL ES IT SE BE AT PL CA".split()
_TWINS = 0.15  # of the web shop's sales, paid through PayPal, which tells of them too
_GUESTS = 0.08
_RECENT = 400  # sales of a source of which one may be refunded or disputed
_HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 10, 10, 11, 11, 10, 10, 9, 9, 10, 11, 12, 10, 7, 4], float)

Row = dict[str, Any]


@dataclass
class Shop:
    """A shop with about so many rows; `rows` tells them in the order in which they happened."""

    size: int
    seed: int = SEED
    _recent: dict[str, deque[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._recent = {name: deque(maxlen=_RECENT) for name in SOURCES}
        self._customers = max(self.size // 8, 20)
        self._products = min(max(self.size // 50, 20), 2_000)

    def rows(self) -> Iterator[Row]:
        """Every row once."""
        sources = self._random.choices(list(_CHANCE), list(_CHANCE.values()), k=self.size)
        told = 0
        for number, (at, source) in enumerate(zip(self._moments(), sources, strict=True)):
            for row in self._happened(number, source, at):
                yield row
                told += 1
            if told >= self.size:
                return

    def _moments(self) -> Iterator[datetime]:
        """Instants in order: trade that doubles over the years, and follows the hours of a day."""
        chance = np.random.default_rng(self.seed)
        days = (LAST - FIRST).days + 1
        grown = np.linspace(1.0, 2.0, days)
        day = chance.choice(days, self.size, p=grown / grown.sum())
        hour = chance.choice(24, self.size, p=_HOURS / _HOURS.sum())
        seconds = np.sort(day * 86_400 + hour * 3_600 + chance.integers(0, 3_600, self.size))
        start = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
        return (start + timedelta(seconds=int(second)) for second in seconds)

    def _happened(self, number: int, source: str, at: datetime) -> Iterator[Row]:
        chance, recent = self._random.random(), self._recent[source]
        if chance < 0.06 and recent:
            yield self._undone(f"r{number}", "refund", self._random.choice(recent), at)
        elif chance < 0.07 and recent:
            yield self._undone(f"d{number}", "dispute", self._random.choice(recent), at)
        elif chance < 0.08:
            yield self._row(source, f"f{number}", "fee", at) | {"amount": -self._random.randrange(50, 900)}
        elif chance < 0.095:
            yield self._row(source, f"p{number}", "payout", at) | {"amount": -self._random.randrange(10_000, 900_000)}
        else:
            yield from self._sold(number, source, at, status="failed" if chance < 0.115 else "settled")

    def _sold(self, number: int, source: str, at: datetime, *, status: str) -> Iterator[Row]:
        goods, lines = self._basket()
        tax, shipping = round(goods * 0.2), self._random.choice((0, 0, 395, 595))
        amount = goods + tax + shipping
        customer = self._customer()
        row = self._row(source, f"s{number}", "sale", at, _currency_of(customer)) | {
            "status": status,
            "amount": amount,
            "fee": round(amount * 0.014) + 20 if SOURCES[source] == "gateway" else 0,
            "tax": tax,
            "shipping": shipping,
            "discount": goods // 10 if self._random.random() < 0.2 else 0,
            "customer": "" if self._random.random() < _GUESTS else f"c{customer}@example.com",
            "country": _COUNTRIES[customer % len(_COUNTRIES)],
            "order_ref": f"O{number}",
            "lines": lines,
        }
        if status == "settled" and source == "Web shop" and self._random.random() < _TWINS:
            row["payment_ref"] = f"t{number}"
            twin = self._row("PayPal", f"t{number}", "sale", at + timedelta(seconds=40), str(row["currency"]))
            yield twin | {"amount": amount, "fee": round(amount * 0.029) + 30, "customer": row["customer"]}
        elif status == "settled":
            self._recent[source].append(row)
        yield row

    def _undone(self, name: str, kind: str, sale: Row, at: datetime) -> Row:
        row = self._row(str(sale["source"]), name, kind, at, str(sale["currency"]))
        given = {"amount": -sale["amount"], "refund_of": sale["external_id"], "order_ref": sale["order_ref"]}
        who = {"customer": sale["customer"], "country": sale["country"]}
        if kind == "dispute":
            return row | given | who
        parts = {"tax": -sale["tax"], "shipping": -sale["shipping"]}
        return row | given | who | parts | {"lines": [(sku, -count, -money) for sku, count, money in sale["lines"]]}

    def _row(self, source: str, name: str, kind: str, at: datetime, currency: str = "GBP") -> Row:
        blank: Row = dict.fromkeys(COLUMNS, "") | {"fee": 0, "tax": 0, "shipping": 0, "discount": 0, "lines": ()}
        return blank | {
            "source": source,
            "source_kind": SOURCES[source],
            "external_id": name,
            "kind": kind,
            "status": "settled",
            "occurred_at": at,
            "currency": currency,
        }

    def _basket(self) -> tuple[int, list[tuple[str, int, int]]]:
        places = {self._often(self._products) for _ in range(self._random.choice((1, 1, 1, 2, 2, 3)))}
        lines = []
        for place in sorted(places):
            count = self._random.choice((1, 1, 1, 2, 3))
            lines.append((f"SKU-{place:04}", count, count * (299 + place * 7919 % 9_000)))
        return sum(money for _, _, money in lines), lines

    def _customer(self) -> int:
        return self._often(self._customers)

    def _often(self, count: int) -> int:
        """A number below `count`, the low ones much more often."""
        return int(count * self._random.random() ** 2)


def write(size: int, folder: Path, *, seed: int = SEED) -> list[Path]:
    """Write a shop's files below `folder`, unless they are there already; answers them in order."""
    done = folder / f"shop-{size}-{seed}.done"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        done.write_text("\n".join(path.name for path in _write(Shop(size, seed), folder)))
    return [folder / name for name in done.read_text().splitlines()]


def _write(shop: Shop, folder: Path) -> Iterator[Path]:
    with ExitStack() as stack:
        for number, row in enumerate(shop.rows()):
            if number % ROWS_A_FILE == 0:
                stack.close()
                path = folder / f"shop-{shop.size}-{shop.seed}-{number // ROWS_A_FILE:03}.csv"
                writer = csv.writer(stack.enter_context(path.open("w", newline="")))
                writer.writerow(COLUMNS)
                yield path
            writer.writerow(map(_written, row.values()))


def _written(value: Any) -> str:
    if isinstance(value, int):
        return _decimal(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, str):
        return value
    return "|".join(f"{sku}:{count}:{_decimal(money)}" for sku, count, money in value)


def _decimal(minor: int) -> str:
    whole, cents = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole}.{cents:02}"


def _currency_of(customer: int) -> str:
    place = customer * 37 % 100 / 100
    for currency, share in _CURRENCIES.items():
        if place < share:
            return currency
        place -= share
    return "GBP"
