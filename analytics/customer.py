"""What the page of one customer shows: a whole life in figures, products and rows."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import numpy as np
from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.models import Account
from analytics import engine, products, segments
from analytics.customers import count, name_of
from analytics.figures import UNATTRIBUTED, evaluate
from analytics.gaps import Gaps
from analytics.ledger_form import LedgerForm
from analytics.lines import lines_of
from analytics.metrics.base import Simple
from analytics.metrics.registry import METRICS, needs
from analytics.metrics.sales import ORDERED
from analytics.query import By, Query
from analytics.report import Figure, Values
from analytics.rows import listing
from analytics.segments import SEGMENTS
from analytics.templatetags import metrics as write
from analytics.templatetags.countries import country_name
from datasources.models import Customer, Exclusion
from putler.kernel.money import Money
from putler.kernel.periods import Interval, microseconds

FIGURES: Final = ("gross_sales", "refunds", "disputes", "net_sales", "orders", "aov")
_OF_PRODUCTS: Final = ("product_revenue", "product_units")
_MOST: Final = 5  # others who are offered for merging
_PRODUCTS: Final = 20
_INSTANT: Final = timedelta(microseconds=1)


class BoughtRow(NamedTuple):
    """A product of a customer, written out."""

    name: str
    url: str
    units: str
    revenue: str


def customer_page(customer: Customer, *, account: Account, words: str, now: datetime) -> dict[str, Any]:
    """What the page shows; `words`: of whom somebody looks for, to merge the two."""
    form = LedgerForm({"period": "all", "customer": str(customer.public_id)}, account=account, now=now)
    query = form.query()
    currency = engine.serving(query).base_currency
    booked = account.bookings.filter(query.scope.holds, customer=customer)
    values = summed(booked, FIGURES, currency)
    domain = (customer.email or "").rpartition("@")[2]
    instants = list(booked.filter(ORDERED).order_by("occurred_at").values_list("occurred_at", flat=True))
    segment = segments.rfm(query, as_of=now + _INSTANT).segment_of(customer.number)
    return listing(form, "") | {
        "form": form,
        "customer": customer,
        "name": name_of(customer),
        "country": country_name(customer.country) if customer.country else "",
        "segment": SEGMENTS[segment] if segment else "",
        "figures": [
            (METRICS[slug].label, write.figure(METRICS[slug], values[slug], currency), _rows_url(customer))
            for slug in FIGURES
        ],
        "facts": list(_facts(instants, query)),
        "bought": _bought(customer, query, currency),
        "merged": list(account.customers.filter(merged_into=customer).order_by("pk")),
        "exclusions": list(account.exclusions.filter(_names(customer)).order_by("pk")),
        "domain": domain,
        "of_domain": account.customers.filter(email__endswith=f"@{domain}").count() if domain else 0,
        "words": words,
        "others": _others(account, customer, words),
        "is_behind": account.changedhours.exists(),
    }


def summed(rows: QuerySet[Any], slugs: tuple[str, ...], currency: str, *, by: By | None = None) -> Values:
    """The declared figures of some bookings (`by` product: of booked lines)."""
    measures = _measures(slugs)
    return _figures(rows.aggregate(**_sums(measures)), measures, slugs, currency, by)


def summed_by(rows: QuerySet[Any], key: str, slugs: tuple[str, ...], currency: str) -> dict[Any, Values]:
    """{value of the key: declared figures of its booked lines}."""
    measures = _measures(slugs)
    sums = _sums(measures)
    groups = rows.values(key).annotate(**sums).order_by()
    return {group[key]: _figures(group, measures, slugs, currency, By.PRODUCT) for group in groups}


def _measures(slugs: tuple[str, ...]) -> list[Simple]:
    return [metric for metric in needs(slugs).values() if isinstance(metric, Simple)]


def _sums(measures: list[Simple]) -> dict[str, Any]:
    return {f"sum_{measure.slug}": dict(measure.sums())[measure.column(is_native=False)] for measure in measures}


def _figures(
    found: dict[str, Any], measures: list[Simple], slugs: tuple[str, ...], currency: str, by: By | None
) -> Values:
    parts: dict[str, Figure] = {}
    for measure in measures:
        total = int(found[f"sum_{measure.slug}"] or 0)
        parts[measure.slug] = Money.from_minor(total, currency).amount if measure.is_money else total
    return evaluate(needs(slugs), parts, currency=currency, by=by)


def _facts(instants: list[datetime], query: Query) -> Iterator[tuple[str, str]]:
    """First and last order, and the time between them."""
    zone = query.account.zone
    ends = [("First order", instants[:1]), ("Last order", instants[-1:])]
    for label, found in ends:
        yield label, write.day(found[0].astimezone(zone).date()) if found else write.NOTHING
    at = np.array([microseconds(instant) for instant in instants], np.int64)
    every = Interval(instants[0], instants[-1] + _INSTANT) if instants else query.span
    gaps = Gaps(at[1:], np.diff(at), np.arange(len(at) - 1) == 0 if len(at) else np.zeros(0, np.bool_))
    for slug in ("days_between_orders", "days_to_second_order"):
        value = gaps.figures(every)[slug] if len(at) > 1 else None
        yield METRICS[slug].label, write.figure(METRICS[slug], value, query.account.base_currency)


def _bought(customer: Customer, query: Query, currency: str) -> list[BoughtRow]:
    lines = lines_of(query.account.pk).filter(query.scope.holds, booking__customer=customer, product__isnull=False)
    found = summed_by(lines.filter(product__account=query.account), "product__public_id", _OF_PRODUCTS, currency)
    ordered = sorted(found.items(), key=lambda row: (-(row[1]["product_revenue"] or 0), str(row[0])))[:_PRODUCTS]
    known = products.names(query.account, [str(public_id) for public_id, _ in ordered])
    return [
        BoughtRow(
            name=known[str(public_id)],
            url=reverse("product", args=[public_id]),
            units=count(int(values["product_units"] or 0)),
            revenue=write.figure(METRICS["product_revenue"], values["product_revenue"], currency),
        )
        for public_id, values in ordered
        if str(public_id) != UNATTRIBUTED
    ]


def _rows_url(customer: Customer) -> str:
    return f"{reverse('transactions')}?period=all&customer={customer.public_id}"


def _names(customer: Customer) -> Q:
    """The rules that leave a customer out."""
    domain = (customer.email or "").rpartition("@")[2]
    return Q(kind=Exclusion.Kind.ADDRESS, value=customer.key) | Q(kind=Exclusion.Kind.DOMAIN, value=domain)


def _others(account: Account, customer: Customer, words: str) -> list[Customer]:
    """Whom the words may mean: by the beginning of an e-mail or a part of the name."""
    if not words:
        return []
    named = Q(email__startswith=words.lower()) | Q(name__icontains=words)
    others = account.customers.filter(named, merged_into=None).exclude(pk=customer.pk)
    return list(others.order_by("pk")[:_MOST])
