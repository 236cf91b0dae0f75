"""Seasons, the time machine, the forecast's record, unusual days, the pulse, goals and groups, each by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from analytics import anomalies, goals, groups, outlook, pulse
from analytics.anomalies import Usual
from analytics.models import Goal, SourceGroup
from analytics.query import By
from putler.kernel.errors import PutlerError
from putler.kernel.periods import Period, add_months, month_of
from tests.analytics.make import Shop, at

ANY = ("2020-01-01", "2020-01-01")


def monthly(shop: Shop, first: date, amounts: list[int]) -> None:
    """One sale on each month's tenth."""
    for number, amount in enumerate(amounts):
        shop.sale(amount * 100, f"{add_months(first, number):%Y-%m}-10 12:00")
    shop.drain()


def test_a_season_is_measured_by_its_years_mean(shop: Shop) -> None:
    monthly(shop, date(2025, 1, 1), [50, 100] + [100] * 11 + [200])  # January is not whole
    found = outlook.seasonality(shop.query(*ANY, now=at("2026-03-05 12:00")))

    assert found is not None
    assert [(one.month, one.index) for one in (found[0], found[-2], found[-1])] == [
        (date(2025, 2, 1), Decimal("1.0000")), (date(2026, 1, 1), Decimal("0.9231")),
        (date(2026, 2, 1), Decimal("1.8462")),
    ]  # fmt: skip
    assert outlook.seasonality(shop.query(*ANY, now=at("2026-02-28 12:00"))) is None


def test_the_time_machine_steps_twelve_months() -> None:
    steps = outlook.project(Decimal(3000), gained=Decimal(450), lost=Decimal("0.056"))
    assert (len(steps), round(steps[-1], 2)) == (12, Decimal("5513.83"))


def test_sales_head_where_new_and_old_customers_take_them(shop: Shop) -> None:
    shop.sale(10, "2025-12-01 12:00")  # the ledger begins
    told = (("2025-12", "ann", 100), ("2026-01", "ann", 80), ("2026-01", "bob", 20), ("2026-02", "ann", 50),
            ("2026-02", "cid", 40), ("2026-03", "cid", 90))  # fmt: skip
    for month, who, amount in told:
        shop.sale(amount * 100, f"{month}-10 12:00", customer=who)
    shop.drain()

    found = outlook.course_of_sales(shop.query(*ANY, now=at("2026-04-05 12:00")))

    assert found is not None
    assert (found.month, found.value, found.gained) == (date(2026, 3, 1), Decimal(90), Decimal(20))
    assert found.lost == Decimal("0.2333")  # the mean of 20 %, 50 % and 0 %
    assert found.ahead(gained=Decimal(0), lost=Decimal("0.5"))[0] == 45


def test_a_course_needs_four_complete_months(shop: Shop) -> None:
    monthly(shop, date(2026, 1, 1), [100] * 4)
    assert outlook.course_of_sales(shop.query(*ANY, now=at("2026-04-30 12:00"))) is None


def test_forecasts_are_held_against_what_came(shop: Shop) -> None:
    for day in range(200):
        shop.sale(1000, at("2025-12-01 12:00") + timedelta(day))
    shop.sale(5000, "2026-05-30 12:00")
    shop.drain()

    found = outlook.track_record(shop.query(*ANY, now=at("2026-06-10 12:00")))

    assert found is not None
    assert (found.months, found.mean_error) == (5, Decimal("10.00"))  # 50 of May, and nothing of the other four
    assert found.share == Decimal("0.0321")


def test_a_day_is_judged_by_median_and_mad() -> None:
    usual = Usual.of([Decimal(value) for value in (100, 110, 90, 105, 95, 100, 120, 80)])
    assert (usual.median, usual.spread, usual.z(Decimal(20)), usual.z(Decimal(130))) == (
        Decimal(100), Decimal("7.5"), Decimal("-7.19"), Decimal("2.70"),
    )  # fmt: skip
    assert (usual.is_far(Decimal(20)), usual.is_far(Decimal(130))) == (True, False)


@pytest.mark.parametrize(("value", "is_far"), [(149, False), (150, True), (51, False), (50, True), (100, False)])
def test_without_spread_half_of_the_median_is_far(value: int, *, is_far: bool) -> None:
    assert Usual.of([Decimal(100)] * 8).is_far(Decimal(value)) is is_far


def test_a_small_distance_is_never_far() -> None:
    usual = Usual.of([Decimal(value) for value in (1000, 1001, 999, 1000, 1001, 999, 1000, 1001)])
    assert usual.is_far(Decimal(1099)) is False
    assert usual.is_far(Decimal(1100)) is True


def weeks(shop: Shop, count: int, *, orders: int = 5) -> None:
    """Every Monday before 2026-03-02, some orders of 10 from each of two countries' sources."""
    for week in range(1, count + 1):
        for _ in range(orders):
            shop.sale(1000, at("2026-03-02 12:00") - timedelta(weeks=week), country="DE")


def test_an_unusual_day_says_what_moved(shop: Shop) -> None:
    weeks(shop, 8)
    shop.sale(1000, "2026-03-02 12:00", country="DE")
    shop.sale(8000, "2026-03-02 12:00", country="US", source="paypal")
    shop.drain()
    query = shop.query("2026-03-02", "2026-03-03", now=at("2026-03-03 12:00"))

    found = anomalies.anomalies(query)
    assert [(one.day, one.slug, one.value, one.usual.median, one.z) for one in found] == [
        (date(2026, 3, 2), "net_sales", Decimal(90), Decimal(50), None),
        (date(2026, 3, 2), "orders", Decimal(2), Decimal(5), None),
    ]  # fmt: skip
    moved = {(one.cut, one.group, one.value, one.usual) for one in anomalies.movers(query, found[0])}
    assert moved == {(By.SOURCE, "paypal", Decimal(80), Decimal(0)), (By.COUNTRY, "US", Decimal(80), Decimal(0))}


@pytest.mark.parametrize(("count", "orders"), [(5, 5), (8, 4)])
def test_too_little_history_or_too_few_orders_are_no_news(shop: Shop, count: int, orders: int) -> None:
    weeks(shop, count, orders=orders)
    shop.sale(90000, "2026-03-02 12:00")
    shop.drain()
    assert anomalies.anomalies(shop.query("2026-03-02", "2026-03-02")) == []


def test_the_running_day_is_not_judged(shop: Shop) -> None:
    weeks(shop, 8)
    shop.drain()
    assert anomalies.anomalies(shop.query("2026-03-02", "2026-03-02", now=at("2026-03-02 22:59"))) == []
    assert len(anomalies.anomalies(shop.query("2026-03-02", "2026-03-02", now=at("2026-03-02 23:00")))) == 2


def test_the_pulse_lays_weeks_and_months_under_each_other(shop: Shop) -> None:
    shop.sale(1000, "2026-03-02 12:00", customer="ann", is_first=True)  # a Monday
    shop.sale(500, "2026-03-10 12:00", customer="ann")  # a Tuesday
    shop.drain()
    found = pulse.pulse_last_weeks(shop.query(*ANY, now=at("2026-03-11 12:00")))

    assert [(beat.period.first, beat.values["net_sales"], beat.is_running) for beat in found.weeks[-2:]] == [
        (date(2026, 3, 2), 10, False), (date(2026, 3, 9), 5, True),
    ]  # fmt: skip
    days = [day and day["net_sales"] for day in found.weeks[-1].days]
    assert days == [0, 5, 0, None, None, None, None]
    assert (len(found.weeks), len(found.months), found.months[-1].values["new_customers"]) == (4, 4, 1)


def april(shop: Shop) -> Period:
    return month_of(date(2026, 4, 1), shop.zone)


def test_a_goal_knows_its_pace_and_its_need(shop: Shop) -> None:
    shop.sale(15000, "2026-04-03 12:00")
    shop.sale(99900, "2026-04-20 12:00")  # not yet
    shop.drain()
    goal = goals.set_goal(shop.account, metric="gross_sales", period=april(shop), target=Decimal(600))

    found = goals.progress(goal, shop.query(*ANY, now=at("2026-04-15 12:00")))

    assert (found.actual, found.progress, found.elapsed_share) == (Decimal(150), Decimal("0.25"), Decimal("0.5"))
    assert (found.pace, found.days_left, found.needed_per_day) == (Decimal("-0.2500"), 16, Decimal("28.13"))
    assert (found.reached_on, found.is_kept) == (None, False)


def test_a_goal_is_reached_on_the_day_of_its_last_sale(shop: Shop) -> None:
    for day in (3, 8, 9):
        shop.sale(30000, f"2026-04-{day:02} 12:00")
    shop.drain()
    goal = goals.set_goal(shop.account, metric="gross_sales", period=april(shop), target=Decimal(600))

    found = goals.progress(goal, shop.query(*ANY, now=at("2026-04-15 12:00")))

    assert (found.reached_on, found.needed_per_day, found.is_kept) == (date(2026, 4, 8), None, True)


def test_a_rate_is_to_stay_below_its_goal(shop: Shop) -> None:
    shop.sale(10000, "2026-04-03 12:00")
    shop.book("refund", -1000, "2026-04-04 12:00")
    shop.drain()
    goal = goals.set_goal(shop.account, metric="refund_rate", period=april(shop), target=Decimal("0.05"))

    found = goals.progress(goal, shop.query(*ANY, now=at("2026-04-15 12:00")))

    assert (found.stays_below, found.actual, found.is_kept, found.pace) == (True, Decimal("0.1000"), False, None)


@pytest.mark.parametrize(
    ("metric", "target"), [("gross_sales", "0"), ("gross_sales", "1.001"), ("aov", "5"), ("orders", "1.5")]
)
def test_a_goal_that_means_nothing_is_refused(shop: Shop, metric: str, target: str) -> None:
    with pytest.raises(PutlerError):
        goals.set_goal(shop.account, metric=metric, period=april(shop), target=Decimal(target))


def test_a_goal_is_set_once_and_runs_in_its_time(shop: Shop) -> None:
    goal = goals.set_goal(shop.account, metric="orders", period=april(shop), target=Decimal(5))
    with pytest.raises(PutlerError, match="already"):
        goals.set_goal(shop.account, metric="orders", period=april(shop), target=Decimal(6))
    assert goals.running(shop.account, at("2026-04-30 12:00")) == [goal]
    assert goals.running(shop.account, at("2026-04-30 22:00")) == []  # 1 May in Berlin
    assert Goal.objects.filter(account=shop.account).count() == 1


def test_groups_of_sources_may_overlap(shop: Shop) -> None:
    shop.sale(6000, "2026-04-03 12:00")
    shop.sale(4000, "2026-04-03 12:00", source="paypal")
    shop.drain()
    both, one = [shop.source("stripe"), shop.source("paypal")], [shop.source("paypal")]
    groups.save_group(shop.account, name="Both", sources=both)
    groups.save_group(shop.account, name=" Brand ", sources=one)

    found = groups.sales_by_group(shop.query("2026-04-01", "2026-04-30"))

    told = [(row.group.name, row.values["net_sales"], row.values["orders"], row.share) for row in found]
    assert told == [("Both", 100, 2, 1), ("Brand", 40, 1, Decimal("0.4000"))]


def test_a_group_sees_no_more_than_the_query_may(shop: Shop) -> None:
    shop.sale(6000, "2026-04-03 12:00")
    shop.sale(4000, "2026-04-03 12:00", source="paypal")
    shop.drain()
    groups.save_group(shop.account, name="Both", sources=[shop.source("stripe"), shop.source("paypal")])
    [row] = groups.sales_by_group(shop.query("2026-04-01", "2026-04-30", sources=["paypal"]))
    assert (row.values["net_sales"], row.share) == (Decimal(40), Decimal(1))


def test_a_group_has_a_name_of_its_own_and_a_source(shop: Shop) -> None:
    made = groups.save_group(shop.account, name="Brand", sources=[shop.source("stripe")])
    for name, sources in (("Brand", [shop.source("paypal")]), (" ", [shop.source("paypal")]), ("New", [])):
        with pytest.raises(PutlerError):
            groups.save_group(shop.account, name=name, sources=sources)
    groups.save_group(shop.account, name="Other", sources=[shop.source("paypal")], group=made)
    assert list(SourceGroup.objects.values_list("name", "sources")) == [("Other", [shop.source("paypal").pk])]
