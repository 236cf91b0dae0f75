"""Whatever the bookings: the engine, the rows behind its figures and a plain reading agree."""

import itertools
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db.models import Sum
from pytest_django import DjangoDbBlocker

from analytics import engine
from analytics.explain import explain
from analytics.figures import buckets
from analytics.metrics.base import Simple, Total, Unit
from analytics.metrics.registry import METRICS
from analytics.query import By, Query
from analytics.report import Figure
from putler.kernel.periods import Interval
from putler.tenancy import tenant
from tests.analytics import random_shop
from tests.analytics.make import Shop, at
from tests.database import kept_rows

pytestmark = pytest.mark.django_db
ADDITIVE = [slug for slug, metric in METRICS.items() if isinstance(metric, Simple | Total) and metric.can_be(None)]
SUBSETS = [chosen for size in range(4) for chosen in itertools.combinations(random_shop.SOURCES, size)]
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
RANGES = [
    ("2026-01-20", "2026-04-30"),
    ("2026-02-01", "2026-02-28"),
    ("2026-01-31", "2026-04-05"),
    ("2026-03-29", "2026-03-29"),
]


@pytest.fixture(scope="module", params=ZONES)
def shop(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Shop]:
    with kept_rows(django_db_blocker):
        shop = Shop(time_zone=request.param)
        with tenant(shop.account.pk):
            random_shop.fill(shop, seed=len(request.param))
            shop.drain()
            yield shop


def shares(slug: str, query: Query, group: str | None = None) -> Figure:
    rows = explain(slug, query, group=group).rows
    total = rows.aggregate(total=Sum("share"))["total"] or 0
    return Decimal(total).scaleb(-2) if METRICS[slug].unit is Unit.MONEY else int(total)


def test_the_rows_behind_every_figure_sum_to_it(shop: Shop) -> None:
    for sources, (first, last) in itertools.product(SUBSETS, RANGES):
        query = shop.query(first, last, sources=sources)
        values = engine.run(query).values
        assert {slug: values[slug] for slug in ADDITIVE} == {slug: shares(slug, query) for slug in ADDITIVE}


@pytest.mark.parametrize("shop", ZONES[1:3], indirect=True)  # west and east of UTC; no clock changes in these days
def test_the_rows_behind_every_group_sum_to_it(shop: Shop) -> None:
    for by in By:
        query = shop.query("2026-02-27", "2026-03-02", by=by)
        for key, values in engine.run(query).groups.items():
            asked = [slug for slug in values if isinstance(METRICS[slug], Simple | Total)]
            assert {slug: values[slug] for slug in asked} == {slug: shares(slug, query, key) for slug in asked}


def test_products_and_what_none_accounts_for_are_the_product_sales(shop: Shop) -> None:
    for sources, (first, last) in itertools.product(SUBSETS, RANGES):
        query = shop.query(first, last, sources=sources, by=By.PRODUCT)
        report = engine.run(query)
        revenues = [values.get("product_revenue") or 0 for values in report.groups.values()]
        assert sum(revenues) == report.values["goods_sales"]


def test_customers_are_counted_once(shop: Shop) -> None:
    for sources, (first, last) in itertools.product(SUBSETS, RANGES):
        query = shop.query(first, last, sources=sources)
        values = engine.run(query).values
        plain = customers(query, query.span)
        assert {slug: values[slug] for slug in plain} == plain


def test_customers_are_counted_once_a_month(shop: Shop) -> None:
    for sources in (SUBSETS[-1], SUBSETS[3]):
        query = shop.query("2026-01-25", "2026-04-10", by=By.MONTH, sources=sources)
        spans = buckets(query.span, By.MONTH, shop.zone)
        for values, span in zip(engine.run(query).groups.values(), spans.values(), strict=True):
            plain = customers(query, span)
            assert {slug: values[slug] for slug in plain} == plain


def test_a_piece_of_a_day_counts_to_the_instant(shop: Shop) -> None:
    span = Interval(at("2026-02-10 11:13"), at("2026-03-29 01:30"))
    query = shop.query("2026-01-01", "2026-01-01", period=span, by=By.SOURCE)
    report = engine.run(query)
    assert {slug: report.values[slug] for slug in ADDITIVE} == {slug: shares(slug, query) for slug in ADDITIVE}
    plain = customers(query, span)
    assert {slug: report.values[slug] for slug in plain} == plain


def customers(query: Query, span: Interval) -> dict[str, Figure]:
    """The customer figures, by sets."""
    rows = random_shop.held(query)
    orders = [one for one in rows if one.is_order and one.customer_id]
    paying = {one.customer_id for one in orders if span.start <= one.occurred_at < span.end}
    past = {one.customer_id for one in orders if one.occurred_at < span.start}
    ever = [one.customer_id for one in orders if one.occurred_at < span.end]
    net = sum(one.base_amount or 0 for one in rows if one.customer_id in set(ever) and one.occurred_at < span.end
              and one.kind in {"sale", "correction", "refund", "dispute", "dispute_reversal"})  # fmt: skip
    refunded = {one.customer_id for one in rows if one.kind == "refund" and one.amount < 0 and one.customer_id
                and span.start <= one.occurred_at < span.end}  # fmt: skip
    lifetime = len(set(ever))
    repeaters = sum(ever.count(one) > 1 for one in set(ever))
    return {
        "paying_customers": len(paying),
        "new_customers": len(paying - past),
        "returning_customers": len(paying & past),
        "refunded_customers": len(refunded),
        "repeat_rate": ratio(repeaters, lifetime, "0.0001"),
        "ltv_historic": ratio(Decimal(net).scaleb(-2), lifetime, "0.01"),
    }


def ratio(numerator: Decimal | int, denominator: int, step: str) -> Figure:
    return (Decimal(numerator) / denominator).quantize(Decimal(step), ROUND_HALF_UP) if denominator else None
