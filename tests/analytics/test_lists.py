"""Lists, the month so far, and the forecast."""

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum

from analytics import lists
from analytics.explain import after, explain
from analytics.forecast import forecast_month_end
from analytics.metrics.registry import DECLARED
from analytics.query import By
from datasources.models import DuplicateLink, Transaction
from tests.analytics.make import Shop, at, instants


def test_top_customers_come_by_net_sales_then_key(shop: Shop) -> None:
    shop.sale(5000, "2026-01-10 12:00", customer="zoe", units=2)
    shop.sale(3000, "2026-02-10 12:00", customer="ann")
    shop.sale(2000, "2026-02-11 12:00", customer="ann", source="paypal")
    shop.sale(9000, "2026-01-11 12:00", customer="bob")
    shop.book("refund", -8000, "2026-01-12 12:00", customer="bob")
    shop.book("refund", -8000, "2026-01-12 12:00", customer="eve")
    shop.drain()
    found = lists.top_customers(shop.query("2026-01-05", "2026-02-28"))
    assert [(row.customer.key, row.net_sales) for row in found] == [
        ("ann", Decimal(50)),
        ("zoe", Decimal(50)),
        ("bob", Decimal(10)),
    ]
    assert (found[0].orders, found[0].aov, found[0].last_order_at) == (2, Decimal("25.00"), at("2026-02-11 12:00"))
    assert (found[1].units, found[2].aov) == (2, Decimal("90.00"))


def test_the_first_of_many_are_the_first_of_all(shop: Shop) -> None:
    for key in "dcba":
        shop.sale(1000, "2026-01-10 12:00", customer=key)
    shop.sale(2000, "2026-01-10 12:00", customer="z")
    shop.drain()
    query = shop.query("2026-01-01", "2026-01-31", period=instants("2026-01-10 11:00", "2026-01-10 13:00"))
    assert [row.customer.key for row in lists.top_customers(query, limit=2)] == ["z", "a"]


def test_the_month_so_far_stands_beside_as_much_of_the_last(shop: Shop) -> None:
    shop.sale(10000, "2026-03-05 12:00")
    shop.sale(20000, "2026-03-10 12:00")
    shop.sale(15000, "2026-04-05 12:00")
    shop.sale(70000, "2026-04-08 12:00")
    shop.drain()
    found = lists.month_to_date(shop.query("2020-01-01", "2020-01-01", now=at("2026-04-07 10:00")))
    assert found.previous == instants("2026-02-28 23:00", "2026-03-07 11:00")
    assert (found.cells["gross_sales"].value, found.cells["gross_sales"].change) == (150, Decimal("0.5000"))
    typical = {"Tuesday": 200 / 4, "Sunday": 150 / 4}  # over four weeks, whose first Thursday is too old
    assert found.forecast_month_end == 150 + 4 * typical["Tuesday"] + 3 * typical["Sunday"]


def test_today_stands_beside_the_same_hours_a_week_ago(shop: Shop) -> None:
    shop.sale(1000, "2026-03-25 12:30")  # a week before, when clocks were an hour earlier
    shop.sale(1500, "2026-04-01 11:00")
    shop.drain()
    found = lists.today(shop.query("2020-01-01", "2020-01-01", now=at("2026-04-01 11:45")))
    assert found.previous == instants("2026-03-24 23:00", "2026-03-25 12:45")
    assert found.cells["net_sales"].change == Decimal("0.5000")


def test_a_forecast_needs_two_weeks() -> None:
    today = date(2026, 4, 20)
    flat = {today - timedelta(n): Decimal(10) for n in range(1, 40)}
    since = {weeks: today - timedelta(weeks=weeks) for weeks in (1, 2)}
    assert forecast_month_end(flat, today=today, since=since[1], places=2) is None
    assert forecast_month_end(flat, today=today, since=since[2], places=2) == Decimal("300.00")
    assert forecast_month_end(flat, today=today, since=None, places=2) is None


def test_a_day_better_than_typical_counts_as_it_is() -> None:
    today = date(2026, 4, 30)
    flat = {today - timedelta(n): Decimal(10) for n in range(1, 40)}
    better = flat | {today: Decimal(25)}
    assert forecast_month_end(better, today=today, since=date(2026, 3, 1), places=2) == Decimal("315.00")


def test_a_balance_changes_by_amounts_less_fees_of_every_kind(shop: Shop) -> None:
    shop.sale(10000, "2026-01-10 12:00", fee=300)
    shop.book("refund", -1000, "2026-01-11 12:00")
    shop.book("pending_sale", 5000, "2026-01-11 12:00")
    shop.sale(10000, "2026-03-10 12:00")
    movement = Transaction.objects.filter(account=shop.account, amount=-1000).get()
    movement.pk, movement.external_id, movement.kind, movement.amount = None, "payout", "payout", -5000
    movement.save()
    found = lists.balance_change(shop.query("2026-01-01", "2026-01-31"))
    assert {key: str(money) for key, money in found.items()} == {("stripe", "EUR"): "37.00"}


def test_duplicates_name_both_rows(shop: Shop) -> None:
    kept, repeated = shop.sale(100, "2026-01-10 12:00"), shop.sale(100, "2026-01-10 12:00", source="woo")
    DuplicateLink.objects.create(
        account=shop.account, store_row=repeated.transaction, gateway_row=kept.transaction, match="reference"
    )
    both, one = shop.query("2026-01-01", "2026-01-31"), shop.query("2026-01-01", "2026-01-31", sources=["woo"])
    assert [link.gateway_row for link in lists.duplicates(both)] == [kept.transaction]
    assert lists.duplicates(one) == []


def test_rows_come_newest_first_and_page_by_key(shop: Shop) -> None:
    made = [shop.sale(100, f"2026-01-10 {hour}:00") for hour in (10, 12, 12, 14)]
    rows = explain("orders", shop.query("2026-01-01", "2026-01-31")).rows
    first = list(rows[:2])
    rest = list(after(rows, occurred_at=first[-1].occurred_at, pk=first[-1].pk))
    assert first + rest == [made[3], made[2], made[1], made[0]]


def test_a_ratio_is_explained_by_its_two_numbers(shop: Shop) -> None:
    shop.sale(100, "2026-01-10 10:00", customer="ann")
    found = explain("refund_rate", shop.query("2026-01-01", "2026-01-31"))
    assert [part.slug for part in found.parts] == ["refunds", "gross_sales"]
    assert not found.rows.exists()
    assert explain("paying_customers", shop.query("2026-01-01", "2026-01-31")).rows.count() == 1


def test_a_group_is_explained_by_its_rows(shop: Shop) -> None:
    shop.sale(100, "2026-01-31 23:30", country="DE")
    mine = shop.sale(100, "2026-01-31 22:30", country="DE")
    query = shop.query("2026-01-01", "2026-02-28", by=By.MONTH)
    assert list(explain("orders", query, group="2026-01").rows) == [mine]


def test_midnight_belongs_to_the_day_that_it_begins(shop: Shop) -> None:
    shop.book("sale", 100, "2026-01-30 23:00")  # 00:00 on the 31st in Berlin
    shop.book("sale", 200, "2026-01-31 23:00")  # 00:00 on 1 February
    shop.drain()
    query = shop.query("2026-01-01", "2026-02-28", by=By.DAY)

    for day, amount in (("2026-01-30", []), ("2026-01-31", [100]), ("2026-02-01", [200]), ("2026-02-02", [])):
        assert [row.share for row in explain("gross_sales", query, group=day).rows] == amount


def test_every_metric_can_be_explained(shop: Shop) -> None:
    shop.sale(100, "2026-01-31 22:30", customer="ann")
    shop.drain()
    for slug in DECLARED:
        rows = explain(slug, shop.query("2026-01-01", "2026-01-31")).rows
        assert rows.aggregate(total=Sum("share"))["total"] in {None, 0, 1, 100} if rows.exists() else True, slug
