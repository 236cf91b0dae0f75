"""The entry points: all numbers of a range, and the rows behind one of them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from .booking import Book, Entry, keep_book
from .comparison import month_to_date, today
from .customers import customer_values, paying_customers, top_customers
from .days import Range
from .hours import heatmap
from .ledger import rounded
from .products import products
from .sales import ADDITIVE, Values, corrections, paced, plain_ratio, total, totals

LONG_AFTER = datetime(9000, 1, 1, tzinfo=UTC)


def compute(  # noqa: PLR0913  one whole question
    ledger: str,
    rates: str,
    *,
    base: str,
    zone: str,
    start: date,
    end: date,
    sources: frozenset[str] | None = None,
    unlinked: frozenset[str] = frozenset(),
    now: datetime | None = None,
) -> dict[str, Any]:
    """Every number of the local days `start` to `end`, both included, in the shapes of tests/golden/expected.json.

    `ledger` and `rates` are the texts of the files. Sources not chosen, or unlinked, do not exist for any rule.
    Money is a Decimal in the base's smallest unit, a ratio a Decimal with four decimals, a count an int, undefined
    None. Without `now` the range lies wholly in the past and there is no today.
    """
    book = keep_book(ledger, rates, base=base, sources=sources, unlinked=unlinked)
    period = Range(start, end, ZoneInfo(zone))
    entries = book.between(period.start, period.end)
    return {
        "values": range_values(book, period, now or LONG_AFTER),
        "by_month": {f"{month.first:%Y-%m}": range_values(book, month, now or LONG_AFTER) for month in period.months()},
        "by_day": {f"{day.first}": range_values(book, day, now or LONG_AFTER) for day in period.days()},
        "by_source": grouped(entries, lambda entry: entry.row.source, base),
        "by_currency": grouped(entries, lambda entry: entry.row.currency, base),
        "by_country": grouped(entries, lambda entry: entry.row.country or "unknown", base),
        "products": products(book, period),
        "heatmap": heatmap(book, period),
        "top_customers": top_customers(book, period),
        "corrections": total(corrections, entries, base),
        "duplicates": duplicates(book),
        "possible_duplicates": possible_duplicates(book),
        "month_to_date": month_to_date(book, now, period.zone) if now else None,
        "today": today(book, now, period.zone) if now else None,
        "balance_change": balance_change(entries),
        "unconverted": dict(Counter(entry.row.currency for entry in entries if entry.role and not entry.is_converted)),
    }


def rows_behind(  # noqa: PLR0913  one whole question
    slug: str,
    ledger: str,
    rates: str,
    *,
    base: str,
    zone: str,
    start: date,
    end: date,
    sources: frozenset[str] | None = None,
    unlinked: frozenset[str] = frozenset(),
) -> list[tuple[str, str, Decimal]]:
    """(source, external id, share) of the rows that add to an additive metric, sorted; they sum to its value (E18).

    Rows whose share is 0 are left out. Raises KeyError: the metric is not additive.
    """
    book = keep_book(ledger, rates, base=base, sources=sources, unlinked=unlinked)
    period = Range(start, end, ZoneInfo(zone))
    entries = book.between(period.start, period.end)
    shares = [(*entry.row.key, Decimal(ADDITIVE[slug](entry))) for entry in entries]
    return sorted(row for row in shares if row[2] != 0)


def range_values(book: Book, period: Range, now: datetime) -> Values:
    """All metrics of one range."""
    values = totals(book.between(period.start, period.end), book.base)
    return values | paced(values, period, now, book.base) | customer_values(book, period, now)


def grouped(entries: Iterable[Entry], group_of: Callable[[Entry], str], base: str) -> dict[str, Values]:
    """The additive metrics, their ratios and the paying customers of each group; a group with nothing is left out.

    A pair is its primary's, an order its first row's.
    """
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if any(share(entry) for share in ADDITIVE.values()) or entry.role:
            groups[group_of(entry)].append(entry)
    return {name: group_values(groups[name], base) for name in sorted(groups)}


def group_values(entries: list[Entry], base: str) -> Values:
    """The metrics of one group of a breakdown."""
    paying = len(paying_customers(entries))
    with_customer = sum(entry.opens_order for entry in entries if entry.customer)
    return totals(entries, base) | {
        "paying_customers": paying,
        "orders_per_customer": plain_ratio(with_customer, paying),
    }


def duplicates(book: Book) -> dict[str, dict[str, str]]:
    """The uncounted store rows by external id: the gateway row each repeats, and how that was found."""
    links = book.pairs.gateway_of
    return {store[1]: {"of": links[store][1], "match": book.pairs.match[store]} for store in sorted(links)}


def possible_duplicates(book: Book) -> list[tuple[str, str]]:
    """(store's external id, gateway's external id) of rows that look alike without being sure, sorted."""
    return sorted((store.external_id, gateway.external_id) for store, gateway in book.pairs.possible)


def balance_change(entries: Iterable[Entry]) -> dict[str, Decimal]:
    """S7: per gateway and currency, amounts less fees of all that settled, payouts and adjustments too."""
    changes: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        row = entry.row
        if row.source_kind == "gateway" and row.is_settled:
            changes[f"{row.source} {row.currency}"] += row.amount - row.fee
    return {name: rounded(changes[name], name.rsplit(" ", 1)[1]) for name in sorted(changes)}
