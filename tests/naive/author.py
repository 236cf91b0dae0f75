"""Who writes the rows of an invented world: valid ones, with fresh ids at fresh instants."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from .ledger import decimals
from .make import row

Record = dict[str, Any]

GATEWAYS = ("stripe", "paypal")
STORES = ("woo", "shopify")
ANYWHERE = (*GATEWAYS, *STORES, "till")
CURRENCIES = ("EUR", "EUR", "USD", "USD", "GBP", "JPY", "KWD", "ARS")
CUSTOMERS = tuple("ana bo cy di ed fay gus hal ivy jo kim lou mia ned olga pia".split())
COUNTRIES = ("DE", "US", "JP", "KW", "GB", "")
PRODUCTS = ("TEE", "MUG", "BOOK", "PRO")
MINUTE = timedelta(minutes=1)


@dataclass
class Author:
    """Writes records with fresh ids at fresh instants: no two rows of one author share a second."""

    rng: random.Random
    moment: Callable[[], datetime]
    """Gives an instant somewhere in the world's time."""
    prefix: str
    records: list[Record] = field(default_factory=list)
    instants: set[datetime] = field(default_factory=set)

    def add(self, source: str, kind: str, at: datetime, amount: Decimal, currency: str, **fields: Any) -> Record:
        """One record, moved on by a second for as long as its instant is taken."""
        while at in self.instants:
            at += timedelta(seconds=1)
        self.instants.add(at)
        external_id = str(fields.pop("external_id", f"{source[:2]}-{self.prefix}{len(self.records)}"))
        columns: Record = {
            "fee": zero(currency),
            "tax": zero(currency),
            "shipping": zero(currency),
            "discount": zero(currency),
        }
        columns |= {"kind": kind, "occurred_at": at, "amount": amount, "currency": currency}
        record = row(source, external_id, "") | columns | fields
        self.records.append(record)
        return record

    def later(self, record: Record) -> datetime:
        """Some minutes to some weeks after the record."""
        at: datetime = record["occurred_at"]
        return at + timedelta(seconds=self.rng.choice((900, 40_000, 900_000, 3_000_000)))

    def person(self) -> str:
        """A customer's e-mail, written as people write them."""
        address = f"{self.rng.choice(CUSTOMERS)}@example.com"
        return self.rng.choice((address, address, address.title(), address.upper(), f" {address}"))

    def money(self, low: int, high: int, currency: str) -> Decimal:
        """A random amount, given in the currency's smallest unit."""
        return Decimal(self.rng.randint(low, high)).scaleb(-decimals(currency))

    def basket(self, currency: str) -> Record:
        """amount, tax, shipping, discount and lines that fit together."""
        rng = self.rng
        lines = [
            (product, rng.randint(1, 4), self.money(100, 9000, currency))
            for product in rng.sample(PRODUCTS, rng.randint(1, 3))
        ]
        if rng.random() < 0.15:  # taken back in exchange, cheaper than anything bought
            lines.append(("OLD", -1, -self.money(10, 90, currency)))
        goods = sum(amount for _, _, amount in lines)
        tax = rng.choice((Decimal(0), self.money(1, 999, currency)))
        shipping = rng.choice((Decimal(0), self.money(1, 700, currency)))
        discount = rng.choice((Decimal(0), self.money(1, 500, currency)))
        parts = {"tax": tax, "shipping": shipping, "discount": discount}
        whole = {name: part + zero(currency) for name, part in parts.items()}
        return whole | {"amount": goods + tax + shipping, "lines": lines}

    def sale(self, source: str, **fields: Any) -> Record:
        """A sale with its breakdown."""
        rng, currency = self.rng, str(fields.pop("currency", self.rng.choice(CURRENCIES)))
        basket = self.basket(currency)
        who = {"customer": self.person(), "country": rng.choice(COUNTRIES), "fee": self.money(0, 300, currency)}
        if rng.random() < 0.7:
            who["order_ref"] = f"O-{self.prefix}{len(self.records)}"
        at = fields.pop("at", None) or self.moment()
        return self.add(source, "sale", at, basket.pop("amount"), currency, **who | basket | fields)

    def follow(self, parent: Record, kind: str, amount: Decimal, **fields: Any) -> Record:
        """A later row of the same source and customer about the parent, without breakdown."""
        kept = {name: parent[name] for name in ("customer", "country")} | {"refund_of": parent["external_id"]}
        at = fields.pop("at", None) or self.later(parent)
        return self.add(parent["source"], kind, at, amount, parent["currency"], **kept | fields)

    def part_of(self, amount: Decimal, currency: str) -> Decimal:
        """All of the amount, half the time; else a part of it, at least its smallest unit."""
        unit = Decimal(1).scaleb(-decimals(currency))
        units = int(amount / unit)
        return amount if self.rng.random() < 0.5 else unit * self.rng.randint(1, max(1, units - 1))


def zero(currency: str) -> Decimal:
    """0 written in the currency's decimals."""
    return Decimal(0).scaleb(-decimals(currency))


def without_breakdown(author: Author, source: str, sale: Record, **fields: Any) -> Record:
    """A gateway's poorer copy of a store's sale, moments later."""
    seconds = fields.pop("seconds", author.rng.randint(1, 60))
    at = sale["occurred_at"] + timedelta(seconds=int(seconds))
    kept = {"customer": str(sale["customer"]).swapcase(), "fee": author.money(0, 300, str(sale["currency"]))}
    return author.add(source, "sale", at, sale["amount"], sale["currency"], **kept | fields)


def mirrored(record: Record) -> Record:
    """The breakdown of a full refund that has its own."""
    lines = [(product, -quantity, -amount) for product, quantity, amount in record["lines"]]
    return {"lines": lines, "tax": -record["tax"], "shipping": -record["shipping"]}
