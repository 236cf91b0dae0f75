"""Entering bookings, with their lines, in the account's currency: the only statements that insert them."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date
from itertools import repeat
from typing import Any

from django.db import connection
from django.db.models import Max

from accounts.models import Account
from datasources.bookkeeping.conversion import OLDEST, Factor, Rates
from datasources.bookkeeping.families import Counted
from datasources.bookkeeping.lines import BookedItem, booked_lines
from datasources.bookkeeping.rows import Row
from datasources.models import Rate
from putler.copying import copy_rows

_BOOKING = {
    "transaction_id": "bigint",
    "source_id": "bigint",
    "present": "bigint[]",
    "absent": "bigint[]",
    "kind": "text",
    "occurred_at": "timestamptz",
    "currency": "text",
    "presentment_currency": "text",
    "country": "text",
    "customer_id": "bigint",
    "amount": "bigint",
    "fee": "bigint",
    "tax": "bigint",
    "shipping": "bigint",
    "discount": "bigint",
    "units": "integer",
    "base_currency": "text",
    "base_amount": "bigint",
    "base_fee": "bigint",
    "base_tax": "bigint",
    "base_shipping": "bigint",
    "base_discount": "bigint",
    "is_rate_final": "boolean",
    "is_order": "boolean",
    "is_failed_order": "boolean",
    "is_first": "boolean",
    "next_amount": "bigint",
    "next_fee": "bigint",
    "next_tax": "bigint",
    "next_shipping": "bigint",
    "next_discount": "bigint",
    "next_is_rate_final": "boolean",
}
_LINE = {
    "product_id": "bigint",
    "quantity": "integer",
    "amount": "bigint",
    "base_amount": "bigint",
    "is_order": "boolean",
    "order_row": "bigint",
    "next_amount": "bigint",
}
_OF = ("transaction_id", "present", "absent")  # what tells the bookings of one account apart
_NAMES, _LINE_NAMES = ", ".join(_BOOKING), ", ".join(_LINE)
_ENTER = f"""
    WITH booked AS (
        INSERT INTO datasources_booking (account_id, {_NAMES})
        SELECT %(account)s, {_NAMES} FROM incoming_booking RETURNING id, {", ".join(_OF)})
    INSERT INTO datasources_bookedline (account_id, booking_id, {_LINE_NAMES})
    SELECT %(account)s, booked.id, {", ".join(f"line.{name}" for name in _LINE)}
    FROM incoming_booked_line line JOIN booked ON booked.transaction_id = line.transaction_id
     AND booked.present IS NOT DISTINCT FROM line.present AND booked.absent IS NOT DISTINCT FROM line.absent"""  # noqa: S608

Amounts = Sequence[int | None]  # amount, fee, tax, shipping, discount
Converted = tuple[Amounts, Factor | None]
_NOTHING: Amounts = [None] * 5


def enter(account: Account, entries: list[Counted], first_rows: Collection[int]) -> None:
    """Insert bookings for the entries, in the account's next currency too where it has one.

    `first_rows`: those that are their customer's first order.
    """
    base, following = account.base_currency, account.next_currency
    days = {(item.entry.row.currency, _utc_day(item.entry.row)) for item in entries}
    factors, next_factors = _factors(base, days), _factors(following, days) if following else {}
    bookings: list[tuple[Any, ...]] = []
    lines: list[tuple[Any, ...]] = []
    for item in entries:
        row = item.entry.row
        amounts, factor = _in_base(row, factors[row.currency, _utc_day(row)])
        next_amounts, next_factor = _in_base(row, next_factors.get((row.currency, _utc_day(row))))
        is_first = item.entry.is_order and not item.absent and row.id in first_rows
        is_next_final = _is_final(next_factor) if following else None
        marks = (_is_final(factor), *item.entry[2:4], is_first)
        bookings.append((*_facts(item), base, *amounts, *marks, *next_amounts, is_next_final))
        lines += _lines(item, (amounts, factor), (next_amounts, next_factor) if following else None)
    copy_rows("incoming_booking", _BOOKING, bookings)
    copy_rows("incoming_booked_line", dict.fromkeys(_OF, "bigint[]") | {"transaction_id": "bigint"} | _LINE, lines)
    with connection.cursor() as cursor:
        cursor.execute(_ENTER, {"account": account.pk})


def _facts(item: Counted) -> tuple[Any, ...]:
    row = item.entry.row
    return (
        *_condition(item),
        item.entry.kind,
        row.occurred_at,
        row.currency,
        row.presentment_currency,
        row.country,
        row.customer_id,
        row.amount,
        row.fee,
        row.tax,
        row.shipping,
        row.discount,
        sum(line.quantity for line in row.lines),
    )


def _in_base(row: Row, factor: Factor | None) -> Converted:
    """The row's amounts in the base currency, and the factor; nothing at all where one of them cannot be converted."""
    amounts = row.amount, row.fee, row.tax, row.shipping, row.discount
    converted = [factor.convert(amount) for amount in amounts] if factor else [None]
    return (_NOTHING, None) if None in converted else (converted, factor)


def _is_final(factor: Factor | None) -> bool:
    return factor is not None and factor.is_final


def _lines(item: Counted, base: Converted, following: Converted | None) -> Iterator[tuple[Any, ...]]:
    row = item.entry.row
    key = row.id, list(item.present) or None, list(item.absent) or None
    nexts = (line.base_amount for line in _booked_lines(item, following)) if following else repeat(None)
    return ((*key, *line, amount) for line, amount in zip(_booked_lines(item, base), nexts, strict=False))


def _booked_lines(item: Counted, converted: Converted) -> Iterator[BookedItem]:
    (amount, _, tax, shipping, _), factor = converted
    goods = None if amount is None else amount - (tax or 0) - (shipping or 0)
    return booked_lines(item.entry, base_goods=goods, factor=factor)


def _condition(item: Counted) -> tuple[Any, ...]:
    row = item.entry.row
    return row.id, row.source_id, list(item.present) or None, list(item.absent) or None


def _utc_day(row: Row) -> date:
    return row.occurred_at.astimezone(UTC).date()


def _factors(base: str, days: Collection[tuple[str, date]]) -> dict[tuple[str, date], Factor | None]:
    """How to convert each (currency, UTC day) to the base currency."""
    if not days:
        return {}
    currencies = {base, *(currency for currency, _ in days)}
    first, last = min(day for _, day in days) - OLDEST, max(day for _, day in days)
    known = Rate.objects.filter(currency__in=currencies, on__range=(first, last))
    rates = Rates(
        known.values_list("currency", "on", "units_per_eur"), last_day=Rate.objects.aggregate(last=Max("on"))["last"]
    )
    return {(currency, day): rates.factor(currency, base, day) for currency, day in days}
