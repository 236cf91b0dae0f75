"""The rows of the ledger as pages list them: of a period, searched for, or behind a figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse

from accounts.models import Account
from analytics import engine, products
from analytics.explain import after, explain
from analytics.figures import evaluate
from analytics.heat import DAYS
from analytics.ledger_form import LedgerForm
from analytics.metrics.base import Elapsed, Metric, Ratio, Simple, Unit
from analytics.metrics.registry import METRICS, needs
from analytics.query import By, Query
from analytics.reasons import left_out_among, why_of
from analytics.report import Values
from analytics.templatetags import metrics as write
from analytics.templatetags.countries import country_name
from datasources.models import Booking, Status, Transaction
from putler.kernel.money import Money

PAGE = 50  # rows of the ledger
TOTALS = ("gross_sales", "refunds", "disputes", "net_sales", "taxes", "shipping", "discounts", "fees")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger, written out. `counts`: in the base currency, or what it adds to a figure; `why` not."""

    row: Transaction
    amount: str
    fee: str
    country: str
    counts: str
    why: str
    is_converted: bool


def listing(form: LedgerForm, words: str) -> dict[str, Any]:
    """One page of rows: those that are searched for, those behind a figure, or all of a period."""
    metric = METRICS.get(form.cleaned_data.get("metric") or "")
    if metric and not words:
        return _behind(form, metric)
    query = form.query()
    zone, position = form.account.zone, form.position
    rows = form.matching(query, words).select_related("source", "customer").order_by("-occurred_at", "-pk")
    page = list((after(rows, occurred_at=position.occurred_at, pk=position.pk) if position else rows)[: PAGE + 1])
    held = Booking.objects.filter(query.scope.holds, account=form.account, transaction__in=page)
    bookings = {booking.transaction_id: booking for booking in held}
    found = [(row, bookings.get(row.pk)) for row in page[:PAGE]]
    return {
        "entries": list(entries_of(form.account, [(*one, _counts(*one)) for one in found])),
        "next": form.page_link(after=page[PAGE - 1].public_id) if len(page) > PAGE else "",
        "shown": "all time" if words else write.days(query.span, zone),
        "totals": _totals(query, rows if words or form.is_filtered else None),
    }


def _totals(query: Query, rows: QuerySet[Transaction] | None) -> list[tuple[str, str]]:
    """What the counted rows of a period, or of a choice of rows, come to."""
    report = engine.run(replace(query, compare=None, currency=None, metrics=frozenset(TOTALS)))
    values = report.values if rows is None else _summed(query, rows, report.currency)
    return [(METRICS[slug].label, write.figure(METRICS[slug], values[slug], report.currency)) for slug in TOTALS]


def _summed(query: Query, rows: QuerySet[Transaction], currency: str) -> Values:
    needed = needs(TOTALS)
    booked = Booking.objects.filter(
        query.scope.holds, account=query.account, transaction__in=rows.order_by().values("pk")
    )
    measures = [metric for metric in needed.values() if isinstance(metric, Simple)]
    sums = booked.aggregate(**{column: total for measure in measures for column, total in measure.sums()})
    parts = {metric.slug: Money.from_minor(sums[f"base_{metric.slug}"] or 0, currency).amount for metric in measures}
    return evaluate(needed, parts, currency=currency, by=None)


def _behind(form: LedgerForm, metric: Metric) -> dict[str, Any]:
    query, group = form.rows_query()
    explanation = explain(metric.slug, query, group=group, hour=form.week_hour)
    rows = explanation.rows.select_related("transaction__source", "transaction__customer")
    has_rows = not isinstance(metric, Ratio | Elapsed)
    sums = rows.aggregate(count=Count("pk"), total=Sum("share")) if has_rows else {"count": 0, "total": None}
    if position := form.position:
        last = rows.filter(transaction=position).first()
        rows = after(rows, occurred_at=position.occurred_at, pk=last.pk if last else 0)
    page = list(rows[: PAGE + 1])
    total = _share(metric, sums["total"], explanation.currency)
    shares = [_share(metric, booking.share, explanation.currency) for booking in page[:PAGE]]
    found = [(booking.transaction, booking, share) for booking, share in zip(page, shares, strict=False)]
    return {
        "metric": metric,
        "group": _hour_name(form.week_hour) if form.week_hour else _name(query, group),
        "value": total if form.week_hour else _figure(query, metric, group),
        "parts": [(part, _part_url(form, part)) for part in explanation.parts],
        "has_rows": has_rows,
        "entries": list(entries_of(form.account, found)),
        "next": form.page_link(after=page[PAGE - 1].transaction.public_id) if len(page) > PAGE else "",
        "shown": write.days(query.span, form.account.zone),
        "count": sums["count"],
        "is_behind": form.account.changedhours.exists(),
        "total": total,
    }


def _figure(query: Query, metric: Metric, group: str | None) -> str:
    report = engine.run(replace(query, compare=None, metrics=frozenset({metric.slug})))
    value = report.values[metric.slug] if group is None else report.groups.get(group, {}).get(metric.slug)
    return write.figure(metric, value, report.currency)


def _name(query: Query, group: str | None) -> str | None:
    """What people call a group of a cut."""
    match query.by:
        case By.COUNTRY if group:
            return country_name(group)
        case By.PRODUCT if group:
            return products.names(query.account, [group]).get(group, group)
        case _:
            return group


def _hour_name(hour: tuple[int, int]) -> str:
    return f"{DAYS[hour[0] - 1]} {hour[1]}:00"


def _part_url(form: LedgerForm, part: Metric) -> str:
    has_page = part.slug in METRICS and not isinstance(part, Elapsed)
    return f"{reverse('transactions')}?{form.page_link(metric=part.slug)}" if has_page else ""


def _share(metric: Metric, share: int | None, currency: str) -> str:
    if share is None:
        return ""
    return write.minor(share, currency) if metric.unit is Unit.MONEY else f"{share:,}".replace("-", write.MINUS)


def entries_of(account: Account, found: Sequence[tuple[Transaction, Booking | None, str]]) -> Iterator[Entry]:
    """Rows, what they are booked as, and what they count, written out; three queries at most."""
    links = account.duplicatelinks.filter(store_row__in=[row for row, *_ in found])
    duplicates = {link.store_row_id: link for link in links.select_related("gateway_row")}
    hidden = left_out_among(account, [row for row, booking, _ in found if booking is None])
    for row, booking, counts in found:
        yield Entry(
            row=row,
            amount=write.minor(row.amount, row.currency),
            fee=write.minor(row.fee, row.currency) if row.fee else "",
            country=country_name(row.country) if row.country else "",
            counts=counts,
            why=why_of(row, booking, duplicates.get(row.pk), is_left_out=row.pk in hidden),
            is_converted=row.currency != account.base_currency,
        )


def _counts(row: Transaction, booking: Booking | None) -> str:
    if row.status != Status.SETTLED or booking is None or booking.base_amount is None:
        return ""
    return write.minor(booking.base_amount, booking.base_currency)
