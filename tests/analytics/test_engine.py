"""The engine's figures, against bookings counted by hand."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics import engine
from analytics.explain import explain
from analytics.query import By, Compare, Query
from datasources.models import Rate
from putler.kernel.periods import month_of
from tests.analytics import random_shop
from tests.analytics.make import Shop, at, instants


def test_a_range_sums_its_bookings(shop: Shop) -> None:
    shop.sale(10000, "2026-01-10 12:00", customer="ann", fee=300, units=2)
    shop.sale(5000, "2026-01-20 12:00", customer="bob", tax=800)
    shop.book("refund", -2500, "2026-02-01 12:00", customer="ann")
    shop.drain()
    values = engine.run(shop.query("2026-01-05", "2026-02-20")).values
    assert (values["gross_sales"], values["refunds"]) == (Decimal("150.00"), Decimal("25.00"))
    assert values["net_earnings"] == Decimal("114.00")
    assert (values["orders"], values["units"], values["paying_customers"]) == (2, 2, 2)
    assert (values["repeat_rate"], values["ltv_historic"]) == (0, Decimal("62.50"))


def test_fees_kept_back_and_booked_apart_add_up(shop: Shop) -> None:
    shop.sale(10000, "2026-01-10 12:00", fee=300)
    shop.book("fee", -200, "2026-01-11 12:00")
    shop.book("dispute_reversal", 500, "2026-01-12 12:00", fee=-100)
    shop.drain()
    assert engine.run(shop.query("2026-01-01", "2026-01-31")).values["fees"] == Decimal("4.00")


def test_ratios_come_from_totals_and_are_none_over_nothing(shop: Shop) -> None:
    shop.sale(1000, "2026-01-10 12:00", units=1)
    shop.sale(1000, "2026-01-10 13:00", units=1)
    shop.sale(1001, "2026-02-10 12:00", units=3)
    shop.drain()
    report = engine.run(shop.query("2026-01-01", "2026-03-31", by=By.MONTH))
    assert (report.values["aov"], report.values["units_per_order"]) == (Decimal("10.00"), Decimal("1.6667"))
    assert report.series("aov") == [Decimal("10.00"), Decimal("10.01"), None]
    assert report.groups["2026-03"]["refund_rate"] is None


def test_averages_count_the_days_that_have_begun(shop: Shop) -> None:
    shop.sale(3100, "2026-01-10 12:00", customer="ann", is_first=True)
    shop.drain()
    query = shop.query("2026-01-01", "2026-01-31")
    begun = engine.run(replace(query, now=at("2026-01-10 12:30"))).values
    assert (begun["daily_average"], begun["acquired_per_day"]) == (Decimal("3.10"), Decimal("0.1000"))
    assert begun["sale_every"] == 9 * 86400 + 13 * 3600 + 1800
    assert engine.run(query).values["daily_average"] == Decimal("1.00")
    assert engine.run(replace(query, now=at("2025-12-01 00:00"))).values["daily_average"] is None


def test_empty_days_and_months_are_there(shop: Shop) -> None:
    shop.sale(100, "2026-01-10 12:00")
    shop.drain()
    by_day = engine.run(shop.query("2026-01-30", "2026-02-02", by=By.DAY)).groups
    by_month = engine.run(shop.query("2026-01-30", "2026-03-02", by=By.MONTH)).groups
    assert list(by_day) == ["2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02"]
    assert list(by_month) == ["2026-01", "2026-02", "2026-03"]
    assert by_day["2026-01-31"]["gross_sales"] == 0


def test_a_cut_leaves_out_what_it_cannot_have(shop: Shop) -> None:
    shop.sale(100, "2026-01-10 12:00", customer="ann", country="DE", is_first=True)
    shop.sale(100, "2026-01-10 12:00", customer="ann", presentment_currency="USD")
    shop.drain()
    by_country, by_currency = (
        engine.run(shop.query("2026-01-01", "2026-01-31", by=by)).groups for by in (By.COUNTRY, By.CURRENCY)
    )
    assert list(by_country) == ["DE", "unknown"]
    assert list(by_currency) == ["EUR", "USD"]
    assert by_country["DE"]["new_customers"] == 1
    assert "fees" not in by_country["DE"]
    assert "units" not in by_currency["EUR"]
    assert "paying_customers" not in by_currency["EUR"]


def test_first_orders_of_a_part_are_found_in_the_part(shop: Shop) -> None:
    shop.sale(100, "2026-01-10 12:00", customer="ann", source="paypal", is_first=True)
    shop.sale(100, "2026-02-10 12:00", customer="ann", source="stripe")
    shop.drain()
    whole = engine.run(shop.query("2026-02-01", "2026-02-28")).values
    part = engine.run(shop.query("2026-02-01", "2026-02-28", sources=["stripe"])).values
    assert (whole["new_customers"], whole["returning_customers"]) == (0, 1)
    assert (part["new_customers"], part["returning_customers"]) == (1, 0)


def test_a_booking_holds_only_where_its_condition_does(shop: Shop) -> None:
    shop.sale(5000, "2026-01-10 12:00", source="paypal")
    shop.sale(5000, "2026-01-10 12:00", source="woo", absent=["paypal"])
    shop.book("refund", -1000, "2026-01-11 12:00", source="paypal", present=["woo"])
    shop.drain()
    net = {
        sources: engine.run(shop.query("2026-01-01", "2026-01-31", sources=sources)).values["net_sales"]
        for sources in (("paypal",), ("woo",), ("paypal", "woo"), ())
    }
    assert net == {("paypal",): 50, ("woo",): 50, ("paypal", "woo"): 40, (): 0}


def test_an_unlinked_source_vanishes_and_its_pair_counts(shop: Shop) -> None:
    shop.sale(5000, "2026-01-10 12:00", source="paypal", customer="ann", is_first=True)
    shop.sale(4000, "2026-01-10 12:00", source="woo", absent=["paypal"], customer="ann")
    shop.drain()
    paypal = shop.source("paypal")
    paypal.unlinked_at = at("2026-06-01 00:00")
    paypal.save(update_fields=["unlinked_at"])
    report = engine.run(shop.query("2026-01-01", "2026-01-31", by=By.SOURCE))
    assert (report.values["gross_sales"], report.values["new_customers"]) == (40, 1)
    assert list(report.groups) == ["woo"]


def test_a_month_is_compared_with_the_same_elapsed_part(shop: Shop) -> None:
    shop.sale(10000, "2026-02-10 12:00")
    shop.sale(99900, "2026-02-20 12:00")
    shop.sale(15000, "2026-03-10 12:00")
    shop.book("dispute", -100, "2026-03-10 12:00")
    shop.drain()
    query = shop.query("2026-03-01", "2026-03-31", compare=Compare.PREVIOUS, now=at("2026-03-15 12:00"))
    report = engine.run(replace(query, period=month_of(at("2026-03-15 12:00").date(), shop.zone)))
    assert report.compared == instants("2026-01-31 23:00", "2026-02-15 12:00")
    assert report.cell("gross_sales").change == Decimal("0.5000")
    assert report.cell("disputes_opened").change == "new"
    assert report.cell("refunds").change is None
    assert report.cell("gross_sales").is_better
    assert report.cell("disputes").is_better is False


def test_percentages_change_in_points_and_losses_have_no_percentage(shop: Shop) -> None:
    shop.sale(10000, "2026-01-10 12:00")
    shop.book("refund", -20000, "2026-01-11 12:00")
    shop.sale(10000, "2026-02-10 12:00")
    shop.book("refund", -1000, "2026-02-11 12:00")
    shop.drain()
    report = engine.run(replace(shop.query("2026-02-01", "2026-02-28", compare=Compare.PREVIOUS),
                                period=month_of(at("2026-02-01 12:00").date(), shop.zone)))  # fmt: skip
    assert report.cell("refund_rate").change == Decimal("-1.9000")
    assert (report.cell("net_sales").change, report.cell("net_sales").difference) == (None, Decimal("190.00"))


def test_rows_without_a_rate_are_told_and_not_summed(shop: Shop) -> None:
    unknown = {f"base_{name}": None for name in ("amount", "fee", "tax", "shipping", "discount")}
    shop.sale(10000, "2026-01-10 12:00", currency="XOF", **unknown)
    shop.book("pending_sale", 10000, "2026-01-10 12:00", currency="XOF", **unknown)
    shop.drain()
    report = engine.run(shop.query("2026-01-01", "2026-01-31"))
    assert (report.values["gross_sales"], report.values["orders"]) == (0, 1)
    assert report.unconverted == {"XOF": 1}


def test_a_display_currency_takes_each_local_days_rate(shop: Shop) -> None:
    Rate.objects.create(currency="USD", on="2026-01-09", units_per_eur="1.10")
    Rate.objects.create(currency="USD", on="2026-01-12", units_per_eur="1.20")
    shop.sale(10000, "2026-01-10 23:30", customer="ann")  # the 11th in Berlin: the rate of the 9th
    shop.sale(10000, "2026-01-12 12:00", customer="ann")
    shop.sale(5000, "2026-01-12 12:00", currency="USD", base_amount=4167)
    shop.sale(7000, "2026-02-20 12:00")
    shop.drain()
    report = engine.run(shop.query("2026-01-01", "2026-02-28", currency="USD", by=By.DAY))
    assert report.is_approximate
    assert report.currency == "USD"
    assert report.values["gross_sales"] == Decimal("280.00")
    assert report.groups["2026-01-11"]["gross_sales"] == Decimal("110.00")
    assert report.unconverted == {"EUR": 1}
    assert report.values["ltv_historic"] is None


def test_the_base_currency_for_display_is_exact(shop: Shop) -> None:
    shop.sale(10000, "2026-01-10 23:30")
    shop.drain()
    report = engine.run(shop.query("2026-01-01", "2026-01-31", currency="EUR"))
    assert not report.is_approximate
    assert report.values["gross_sales"] == 100


def test_before_the_first_drain_there_is_nothing(shop: Shop) -> None:
    report = engine.run(shop.query("2026-01-01", "2026-01-31", by=By.SOURCE, compare=Compare.YEAR))
    assert report.current_at is None
    assert report.groups == {}
    assert report.values["orders"] == 0
    assert report.values["aov"] is None


def test_the_number_of_queries_does_not_depend_on_the_rows(shop: Shop) -> None:
    counts: dict[By | None, list[int]] = {by: [] for by in (None, *By)}
    for count in (60, 120):
        random_shop.fill(shop, seed=count, count=count)
        shop.drain()
        for by in counts:
            last = "2026-01-06" if by is By.HOUR else "2026-04-20"  # hours are read day by day
            query = shop.query("2026-01-05", last, by=by, compare=Compare.PREVIOUS)
            with CaptureQueriesContext(connection) as captured:
                engine.run(query)
            counts[by].append(len(captured))
    assert {by: found for by, found in counts.items() if not found[0] == found[1] <= 22} == {}


def test_a_card_without_customers_reads_two_tables(shop: Shop) -> None:
    random_shop.fill(shop, seed=1, count=20)
    shop.drain()
    query = shop.query("2026-01-05", "2026-04-20", metrics=frozenset({"net_sales", "aov"}))
    with CaptureQueriesContext(connection) as captured:
        assert set(engine.run(query).values) == {"net_sales", "aov"}
    assert len(captured) == 2


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


def engine_queries(query: Query) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        engine.run(query)
    return [one["sql"] for one in captured.captured_queries if "rollup" in one["sql"] or "booking" in one["sql"]]


@pytest.mark.rule("R10")
def test_every_query_of_the_engine_is_an_index_scan_of_one_account(shop: Shop) -> None:
    random_shop.fill(shop, seed=2, count=30)
    shop.drain()
    query = shop.query(
        "2026-01-05", "2026-04-20", period=instants("2026-01-05 12:00", "2026-04-20 12:00"), by=By.COUNTRY
    )
    for sql in engine_queries(query):
        plan = plan_of(sql)
        assert "Index Cond: ((account_id = " in plan or "Index Cond: (account_id = " in plan, plan
        assert "Seq Scan" not in plan, plan


@pytest.mark.rule("R10")
def test_the_tenant_is_looked_up_once_a_query(shop: Shop) -> None:
    random_shop.fill(shop, seed=2, count=30)
    shop.drain()
    with CaptureQueriesContext(connection) as captured:
        list(explain("net_sales", shop.query("2026-01-05", "2026-04-20")).rows)
    plan = plan_of(captured[-1]["sql"])
    assert len(re.findall(r"^ *InitPlan", plan, re.MULTILINE)) == 1
    assert "Index Cond: ((account_id = " in plan
