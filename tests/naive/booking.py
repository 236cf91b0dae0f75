"""The book: every row with all it needs to be counted, the rules about other rows already applied."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from .breakdown import with_breakdowns
from .ledger import Key, Row, in_time, read_rows
from .pairing import Pairs, pair, with_twins
from .rates import NOTHING, BaseMoney, converted, rate_of, read_rates

MONEY_KINDS = frozenset({"sale", "refund", "dispute", "dispute_reversal"})


@dataclass
class Entry:
    """A row as it counts."""

    row: Row
    role: str
    """What it counts as: a kind, "correction", or "" where it counts nowhere (E5, E8)."""
    base: BaseMoney
    is_converted: bool
    rate: tuple[Decimal, Decimal]
    """Units per euro of base money and of the row's currency."""
    opens_order: bool = False
    """Whether an order is dated by this row (E10)."""
    opens_failed_order: bool = False
    """Whether a failed order is dated by this row (E11)."""
    opens_customer: bool = False
    """Whether this row opens the customer's first order."""

    @property
    def at(self) -> datetime:
        """When the provider says it happened."""
        return self.row.occurred_at

    @property
    def customer(self) -> str:
        """The customer's e-mail; "" for an anonymous one."""
        return self.row.customer


@dataclass(frozen=True)
class Book:
    """All rows of the chosen sources, earliest first."""

    base: str
    entries: list[Entry]
    pairs: Pairs
    orders_of: dict[str, list[datetime]] = field(default_factory=dict)
    """Customer → when their orders were, oldest first; anonymous orders left out."""

    def between(self, start: datetime, end: datetime) -> list[Entry]:
        """The entries of [start, end)."""
        return [entry for entry in self.entries if start <= entry.at < end]


def keep_book(ledger: str, rates: str, *, base: str, sources: frozenset[str] | None, unlinked: frozenset[str]) -> Book:
    """The book of the ledger file: filter first, then pairs, breakdowns, conversion, orders."""
    rows = read_rows(ledger, sources=sources, unlinked=unlinked)
    pairs = pair(rows)
    rows = sorted(with_breakdowns(with_twins(rows, pairs)), key=in_time)
    table = read_rates(rates, base)
    by_key = {row.key: row for row in rows}
    entries = []
    for row in rows:
        money = converted(row, table)
        role, rate = role_of(row, by_key, pairs), rate_of(row, table)
        entries.append(Entry(row, role, money or NOTHING, is_converted=money is not None, rate=rate))
    book = Book(base, entries, pairs)
    mark_orders(book)
    mark_failed_orders(book)
    return book


def role_of(row: Row, by_key: dict[Key, Row], pairs: Pairs) -> str:
    """What the row counts as, "" for nothing."""
    if not is_counted(row, pairs):
        return ""
    parent = by_key.get((row.source, row.parent_ref))
    if row.kind in MONEY_KINDS:
        return row.kind
    if row.kind == "adjustment":
        return "correction" if is_correction_of(parent) else ""
    if row.kind == "fee":
        return "fee" if parent is None or role_of(parent, by_key, pairs) else ""
    return ""


def is_counted(row: Row, pairs: Pairs) -> bool:
    """Whether the row is settled and not a store's copy of a gateway's row."""
    return row.is_settled and row.key not in pairs.gateway_of


def is_correction_of(parent: Row | None) -> bool:
    """Whether an adjustment with this parent is a correction: of a sale that settled."""
    return parent is not None and parent.kind == "sale" and parent.is_settled


def order_key(row: Row) -> str | Key:
    """Rows with one key are one order (E10)."""
    return row.order_ref or row.key


def mark_orders(book: Book) -> None:
    """Mark the row that dates each order, its first settled sale above 0, and each customer's first."""
    seen = set()
    for entry in book.entries:
        key = order_key(entry.row)
        if entry.role != "sale" or entry.row.amount <= 0 or key in seen:
            continue
        seen.add(key)
        entry.opens_order = True
        if entry.customer:
            entry.opens_customer = entry.customer not in book.orders_of
            book.orders_of.setdefault(entry.customer, []).append(entry.at)


def mark_failed_orders(book: Book) -> None:
    """Mark the first failed attempt of each order that has no settled sale to this day (E11)."""
    paid = {order_key(entry.row) for entry in book.entries if entry.role == "sale"}
    seen = set()
    for entry in book.entries:
        key = order_key(entry.row)
        if is_failed_payment(entry) and key not in paid and key not in seen:
            seen.add(key)
            entry.opens_failed_order = True


def is_failed_payment(entry: Entry) -> bool:
    """Whether the row is an attempt to pay that failed."""
    return entry.row.kind == "sale" and entry.row.status == "failed"
