"""Rows of the ledger as files: exact amounts, UTC and local time, and by which rate each was converted.

Source: docs/metrics.md, rules E6 and E7.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from django.db.models import QuerySet

from accounts.models import Account
from analytics.conversion import Rates
from analytics.explain import explain
from analytics.ledger_form import LedgerForm
from analytics.metrics.base import Elapsed, Ratio, Unit
from analytics.metrics.registry import DECLARED
from analytics.reasons import left_out_among, why_of
from datasources.models import Booking, Transaction
from putler.kernel.cells import Cell
from putler.kernel.errors import PutlerError
from putler.kernel.money import Money

MOST: Final = 100_000  # rows of a file; it is made in memory, in the transaction that sees them
_AT_ONCE: Final = 2_000
HEADER: Final = (
    "occurred_at_utc", "occurred_at_local", "kind", "status", "source", "external_id", "order", "parent", "payment",
    "customer_email", "customer_name", "country", "currency", "amount", "fee", "tax", "shipping", "discount",
    "shown_currency", "shown_amount", "base_currency", "base_amount", "base_fee", "rate", "rate_date", "remark",
)  # fmt: skip
Found = tuple[Transaction, Booking | None, int | None]  # as in `rows`


class TooManyError(PutlerError):
    """More rows than one file holds."""


def header(form: LedgerForm, words: str) -> Sequence[str]:
    """The names of the columns; behind a figure there is what each row adds to it."""
    return (*HEADER, "adds") if form.cleaned_data.get("metric") and not words else HEADER


def rows_of(form: LedgerForm, words: str) -> Iterator[list[Cell]]:
    """Every row that the form asks for, newest first. Inside tenant(). Raises TooManyError before the first."""
    slug = form.cleaned_data.get("metric") or ""
    found = _behind(form, slug) if slug and not words else _every(form, words)
    is_money = bool(slug) and DECLARED[slug].unit is Unit.MONEY
    for part in _parts(found):
        writing = _Writing(form.account, part)
        for row, booking, share in part:
            adds = _money(share, form.account.base_currency) if is_money else share
            yield [*writing.cells(row, booking), *([adds] if slug and not words else [])]


def _every(form: LedgerForm, words: str) -> Iterator[Found]:
    query = form.query()
    rows = form.matching(query, words).select_related("source", "customer").order_by("-occurred_at", "-pk")
    for part in _parts(_counted(rows)):
        held = Booking.objects.filter(query.scope.holds, account=form.account, transaction__in=part)
        bookings = {booking.transaction_id: booking for booking in held}
        yield from ((row, bookings.get(row.pk), None) for row in part)


def _behind(form: LedgerForm, slug: str) -> Iterator[Found]:
    query, group = form.rows_query()
    if isinstance(DECLARED[slug], Ratio | Elapsed):
        return
    rows = explain(slug, query, group=group, hour=form.week_hour).rows
    for booking in _counted(rows.select_related("transaction__source", "transaction__customer")):
        yield booking.transaction, booking, booking.share


def _counted(rows: QuerySet[Any]) -> Iterator[Any]:
    if rows[MOST : MOST + 1].exists():
        raise TooManyError(f"These are more than {MOST:,} rows, more than one file holds. Choose a shorter period.")
    return rows.iterator(_AT_ONCE)


def _parts(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while part := list(islice(rows, _AT_ONCE)):
        yield part


class _Writing:
    """What some rows need to be written out: their rates, their twins and who is left out. Three queries."""

    def __init__(self, account: Account, found: list[Found]) -> None:
        rows = [row for row, *_ in found]
        self.account, self.zone, self.base = account, account.zone, account.base_currency
        days = [_rate_day(row) for row in rows]
        self.rates = Rates({row.currency for row in rows}, self.base, min(days), max(days))
        links = account.duplicatelinks.filter(store_row__in=rows).select_related("gateway_row")
        self.links = {link.store_row_id: link for link in links}
        self.hidden = left_out_among(account, [row for row, booking, _ in found if booking is None])

    def cells(self, row: Transaction, booking: Booking | None) -> list[Cell]:
        who, local = row.customer, row.occurred_at.astimezone(self.zone)
        rate, rate_on = self.rates.rate(row.currency, _rate_day(row)) or (None, None)
        is_converted = booking is not None and booking.base_amount is not None
        return [
            row.occurred_at.astimezone(UTC).isoformat(), local.isoformat(), row.kind, row.status, row.source.name,
            row.external_id, row.order_ref, row.parent_ref, row.payment_ref, who and who.email, who and who.name,
            row.country, row.currency, *(_money(getattr(row, name), row.currency) for name in _AMOUNTS),
            row.presentment_currency, _money(row.presentment_amount, row.presentment_currency),
            booking.base_currency if booking and is_converted else None,
            _money(booking.base_amount if booking else None, self.base),
            _money(booking.base_fee if booking else None, self.base),
            rate if is_converted else None, rate_on.isoformat() if rate_on and is_converted else None,
            why_of(row, booking, self.links.get(row.pk), is_left_out=row.pk in self.hidden),
        ]  # fmt: skip


_AMOUNTS: Final = ("amount", "fee", "tax", "shipping", "discount")


def _rate_day(row: Transaction) -> date:
    return row.occurred_at.astimezone(UTC).date()


def _money(minor: int | None, currency: str) -> Decimal | None:
    return None if minor is None else Money.from_minor(minor, currency).amount
