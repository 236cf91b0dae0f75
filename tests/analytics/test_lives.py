"""Lost customers, times between orders, segments and cohorts, each by hand."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from analytics import cohorts, engine, pareto, segments
from analytics.query import By
from analytics.segments import FEWEST
from tests.analytics.make import Shop, at, instants


def figures(shop: Shop, first: str, last: str, **fields: object) -> dict[str, object]:
    return dict(engine.run(shop.query(first, last, **fields)).values)


def test_a_customer_is_lost_when_nothing_is_left_in_any_currency(shop: Shop) -> None:
    shop.sale(1000, "2026-01-10 12:00", customer="ann")
    shop.book("refund", -1000, "2026-01-12 12:00", customer="ann")
    shop.sale(1000, "2026-01-10 12:00", customer="bob", currency="USD")
    shop.book("dispute", -999, "2026-01-12 12:00", customer="bob", currency="USD")
    shop.sale(1000, "2026-01-10 12:00", customer="cid")
    shop.drain()

    found = figures(shop, "2026-01-01", "2026-01-31")

    assert (found["lost_customers"], found["lost_share"]) == (1, Decimal("0.3333"))


def test_what_is_left_in_one_currency_is_not_taken_by_another(shop: Shop) -> None:
    shop.sale(1000, "2026-01-10 12:00", customer="ann")
    shop.sale(500, "2026-01-11 12:00", customer="ann", currency="USD")
    shop.book("refund", -1600, "2026-01-12 12:00", customer="ann")
    shop.drain()

    assert figures(shop, "2026-01-01", "2026-01-31")["lost_customers"] == 0


def test_a_later_refund_loses_nobody_before_it(shop: Shop) -> None:
    shop.sale(1000, "2026-01-10 12:00", customer="ann")
    shop.sale(1000, "2026-02-10 12:00", customer="ann")
    shop.book("refund", -2000, "2026-02-12 12:00", customer="ann")
    shop.drain()

    groups = engine.run(shop.query("2026-01-01", "2026-03-31", by=By.MONTH)).groups

    assert [values["lost_customers"] for values in groups.values()] == [0, 1, 0]


def test_gaps_belong_to_the_range_in_which_they_end(shop: Shop) -> None:
    for when in ("2026-01-01 12:00", "2026-01-03 12:00", "2026-02-02 12:00", "2026-02-04 00:00"):
        shop.sale(1000, when, customer="ann")
    shop.sale(1000, "2026-02-01 12:00", customer="bob")
    shop.sale(1000, "2026-02-01 18:00", customer="bob", source="paypal")
    shop.drain()

    found = figures(shop, "2026-02-01", "2026-02-28")

    assert (found["days_between_orders"], found["mean_days_between_orders"]) == (Decimal("1.50"), Decimal("10.58"))
    assert found["days_to_second_order"] == Decimal("0.25")
    assert figures(shop, "2026-01-01", "2026-01-01")["days_between_orders"] is None


def test_gaps_of_one_source_know_nothing_of_another(shop: Shop) -> None:
    for when, source in (("01-01", "stripe"), ("01-05", "paypal"), ("01-11", "stripe")):
        shop.sale(1000, f"2026-{when} 12:00", customer="ann", source=source)
    shop.drain()

    found = figures(shop, "2026-01-10", "2026-01-31", sources=["stripe"])

    assert found["days_between_orders"] == found["days_to_second_order"] == Decimal("10.00")


@pytest.mark.parametrize(("gaps", "median"), [([10], 10), ([10, 20], 15), ([30, 10, 20], 20), ([10, 40, 20, 30], 25)])
def test_a_median_lies_between_the_middle_two(shop: Shop, gaps: list[int], median: int) -> None:
    for number, days in enumerate(gaps):
        shop.sale(1000, "2026-01-01 12:00", customer=f"c{number}")
        shop.sale(1000, f"2026-{1 + days // 31:02}-{1 + days % 31:02} 12:00", customer=f"c{number}")
    shop.drain()

    assert figures(shop, "2026-01-01", "2026-03-31")["days_between_orders"] == median


def customers(shop: Shop, count: int) -> None:
    """Who ordered once, twice … in January, the last of each one's orders the later the more there are."""
    for number in range(1, count + 1):
        for day in range(number):
            shop.sale(1000, f"2026-01-{10 + day} 12:00", customer=f"c{number}")
    shop.drain()


def test_scores_are_fifths_and_ties_share_one(shop: Shop) -> None:
    assert segments.score(np.array([1, 2, 3, 4, 5])).tolist() == [1, 2, 3, 4, 5]
    assert segments.score(np.array([7, 7, 7, 9])).tolist() == [1, 1, 1, 4]
    assert segments.score(np.array([3, 1])).tolist() == [3, 1]


def test_segments_need_five_customers(shop: Shop) -> None:
    customers(shop, FEWEST - 1)
    found = segments.rfm(shop.query("2026-01-01", "2026-01-31"))
    assert [one.segment for one in segments.members(shop.query("2026-01-01", "2026-01-31"), found)] == [None] * 4
    assert [one.customers for one in segments.summary(found)] == [0] * len(segments.SEGMENTS)


def test_segments_follow_the_grid(shop: Shop) -> None:
    customers(shop, FEWEST)
    query = shop.query("2026-01-01", "2026-01-31")
    found = segments.rfm(query)

    assert {one.customer.key: (one.r, one.fm, one.segment) for one in segments.members(query, found)} == {
        "c1": (1, 1, "lost"), "c2": (2, 2, "needs_attention"), "c3": (3, 3, "potential_loyalist"),
        "c4": (4, 4, "loyal"), "c5": (5, 5, "champions"),
    }  # fmt: skip
    best = segments.summary(found)[0]
    assert (best.slug, best.customers, best.share, best.net_sales, best.aov) == (
        "champions", 1, Decimal("0.2000"), Decimal(50), Decimal(10),
    )  # fmt: skip
    assert best.median_recency_days == 17
    assert found.cells()[4][4] == 1


def test_scores_look_back_from_any_instant_and_never_ahead(shop: Shop) -> None:
    customers(shop, FEWEST)
    found = segments.rfm(shop.query("2026-01-01", "2026-01-31"), as_of=at("2026-01-11 12:00"))
    assert (found.number.tolist(), found.orders.tolist()) == ([1, 2, 3, 4, 5], [1] * 5)


def test_migration_tells_who_is_new(shop: Shop) -> None:
    customers(shop, FEWEST)
    query = shop.query("2026-01-01", "2026-01-31")
    moved = segments.migration(query, segments.rfm(query))
    assert moved[None, "champions"] == 1
    assert sum(moved.values()) == FEWEST


def test_nobody_has_no_scores(shop: Shop) -> None:
    found = segments.rfm(shop.query("2026-01-01", "2026-01-31"))
    assert (len(found.number), segments.summary(found)[0].share) == (0, None)
    query = shop.query("2026-01-01", "2026-01-31")
    assert segments.migration(query, segments.rfm(query)) == {}


def cohort_shop(shop: Shop) -> None:
    shop.sale(1000, "2026-01-10 12:00", customer="ann")
    shop.sale(500, "2026-01-11 12:00", customer="bob")
    shop.sale(500, "2026-03-01 12:00", customer="ann")
    shop.book("refund", -250, "2026-02-01 12:00", customer="bob")
    shop.sale(900, "2026-02-10 12:00", customer="cid")
    shop.drain()


def test_cohorts_are_followed_month_by_month(shop: Shop) -> None:
    cohort_shop(shop)
    found = cohorts.cohorts(shop.query("2026-01-01", "2026-03-31"))

    january, february = found.rows
    assert (january.month, january.size, list(january.active), list(january.orders)) == (
        date(2026, 1, 1), 2, [2, 0, 1], [2, 0, 1],
    )  # fmt: skip
    assert january.retention == [1, 0, Decimal("0.5000")]
    assert january.net_per_customer == [Decimal("7.50"), Decimal("6.25"), Decimal("8.75")]
    assert (february.size, list(february.active), found.running) == (1, [1, 0], None)


def test_cohorts_end_with_the_range_and_mark_the_running_month(shop: Shop) -> None:
    cohort_shop(shop)
    found = cohorts.cohorts(shop.query("2026-02-10", "2026-02-28", now=at("2026-02-20 12:00")))

    assert [(row.month, list(row.active)) for row in found.rows] == [(date(2026, 2, 1), [1])]
    assert found.running == date(2026, 2, 1)


def test_cohorts_of_one_source_begin_with_its_own_first_orders(shop: Shop) -> None:
    shop.sale(1000, "2026-01-10 12:00", customer="ann", source="paypal")
    shop.sale(1000, "2026-02-10 12:00", customer="ann")
    shop.drain()
    [row] = cohorts.cohorts(shop.query("2026-01-01", "2026-02-28", sources=["stripe"])).rows
    assert (row.month, row.size) == (date(2026, 2, 1), 1)


def test_a_piece_of_a_day_is_in_its_cohort_to_the_instant(shop: Shop) -> None:
    cohort_shop(shop)
    span = instants("2026-01-01 00:00", "2026-01-11 12:00")
    [row] = cohorts.cohorts(shop.query("2026-01-01", "2026-01-01", period=span)).rows
    assert (row.size, list(row.net_sales)) == (1, [Decimal(10)])


@pytest.mark.parametrize(
    ("brought", "expected"),
    [
        ([], (0, 0, None, None)),
        ([0, -5], (2, 1, None, None)),
        ([80, 20], (2, 1, Decimal("0.8000"), 1)),
        ([50, 30, 10, 10, -40, 0], (6, 2, Decimal("0.8000"), 2)),
        ([25, 25, 25, 25], (4, 1, Decimal("0.2500"), 4)),
    ],
)
def test_the_few_that_bring_most(brought: list[int], expected: tuple[object, ...]) -> None:
    found = pareto.pareto([Decimal(amount) for amount in brought])
    assert (found.count, found.top, found.share_of_top, found.needed_for_most) == expected
