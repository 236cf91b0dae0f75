"""Ranks, curves, prices, prospects and baskets of products, and the log of activity, each by hand."""

from datetime import date, timedelta
from decimal import Decimal

from analytics import activity, baskets, facts, goals, leaderboard, prospects
from analytics.activity import Happening
from datasources.models import ImportRun, RunState, Subscription, SubscriptionEvent
from putler.kernel.periods import month_of
from tests.analytics.make import Shop, at

JANUARY = ("2026-01-01", "2026-01-31")


def sell(shop: Shop, when: str, *products: str, amount: int = 1000, **fields: object) -> None:
    """An order with one piece of each product."""
    booking = shop.sale(amount * len(products), when, **fields)
    for product in products:
        shop.line(booking, product, amount, quantity=1, is_order=True)


def test_products_are_ranked_and_their_way_is_told(shop: Shop) -> None:
    sell(shop, "2025-12-10 12:00", "Tee")
    sell(shop, "2025-12-10 12:00", "Mug", amount=900)
    sell(shop, "2026-01-10 12:00", "Tee")
    sell(shop, "2026-01-11 12:00", "Mug", "Cap", amount=1500)
    shop.drain()

    found = leaderboard.leaderboard(shop.query(*JANUARY))

    told = [(row.rank, row.change, row.sold.name) for row in found]
    assert told == [(1, None, "Cap"), (2, 0, "Mug"), (3, -2, "Tee")]
    assert found[0].curve == [Decimal(15) if day == 11 else 0 for day in range(1, 32)]


def test_a_long_curve_is_of_months(shop: Shop) -> None:
    sell(shop, "2026-01-10 12:00", "Tee")
    sell(shop, "2026-03-11 12:00", "Tee")
    shop.drain()
    [row] = leaderboard.leaderboard(shop.query("2026-01-01", "2026-04-30"))
    assert row.curve == [10, 0, 10, 0]


def test_the_fastest_has_the_most_units_then_revenue_then_name(shop: Shop) -> None:
    assert leaderboard.fastest_moving(shop.query(*JANUARY)) is None
    sell(shop, "2026-01-10 12:00", "Tee", "Mug", amount=500)
    sell(shop, "2026-01-10 12:00", "Cap", amount=300)
    shop.drain()
    found = leaderboard.fastest_moving(shop.query(*JANUARY))
    assert found is not None
    assert found.name == "Mug"


def test_prices_are_told_by_day_and_currency(shop: Shop) -> None:
    sell(shop, "2026-01-02 12:00", "Tee", amount=1000)
    sell(shop, "2026-01-02 12:00", "Tee", amount=2000)
    sell(shop, "2026-01-03 12:00", "Tee", amount=700, currency="USD")
    found = leaderboard.price_history(shop.query("2026-01-01", "2026-01-03"), shop.product("Tee"))
    days = [date(2026, 1, day) for day in (1, 2, 3)]
    assert found == {
        "EUR": dict(zip(days, (None, Decimal("15.00"), None), strict=True)),
        "USD": dict(zip(days, (None, None, Decimal("7.00")), strict=True)),
    }


def test_thirty_days_ahead_are_typical(shop: Shop) -> None:
    for week in range(1, 5):
        sell(shop, f"{at('2026-03-02 12:00') - timedelta(weeks=week):%Y-%m-%d %H:%M}", "Tee")  # Mondays
    shop.drain()
    query, tee = shop.query(*JANUARY, now=at("2026-03-02 12:00")), shop.product("Tee")
    found = prospects.product_forecast(query, tee)  # four Mondays in the thirty days after Monday 2 March
    assert (found.units, found.revenue) == (Decimal(4), Decimal(40))
    early = prospects.product_forecast(shop.query(*JANUARY, now=at("2026-02-10 12:00")), tee)
    assert (early.units, early.revenue) == (None, None)


def test_forecasts_of_a_product_are_held_against_what_came(shop: Shop) -> None:
    for week in range(1, 13):
        sell(shop, f"{at('2026-05-25 12:00') - timedelta(weeks=week):%Y-%m-%d %H:%M}", "Tee")  # Mondays from 2 March
    sell(shop, "2026-05-20 12:00", "Tee", "Tee")
    shop.drain()
    query, tee = shop.query(*JANUARY, now=at("2026-05-25 12:00")), shop.product("Tee")

    # On 24 April and on 25 March as many Mondays were expected as came; nobody foresaw two more in May.
    found = prospects.product_forecast(query, tee).record

    assert found is not None
    assert (found.checked, found.mean_error, found.share) == (2, Decimal("1.0"), Decimal("0.2000"))
    early = shop.query(*JANUARY, now=at("2026-04-10 12:00"))
    assert prospects.product_forecast(early, tee).record is None


def test_pairs_are_weighed_against_chance(shop: Shop) -> None:
    for products in (("Tee", "Mug"), ("Tee", "Mug"), ("Tee",), ("Cap",), ("Mug", "Cap")):
        sell(shop, "2026-01-10 12:00", *products)
    shop.sale(500, "2026-01-10 12:00")  # without products
    shop.drain()

    [pair] = baskets.bought_together(shop.query(*JANUARY))

    assert (pair.first, pair.second, pair.orders) == ("Mug", "Tee", 2)
    assert (pair.support, pair.confidence, pair.lift) == (Decimal("0.4000"), Decimal("0.6667"), Decimal("1.1111"))
    assert len(baskets.bought_together(shop.query(*JANUARY), least=1)) == 2


def test_every_two_products_of_an_order_meet(shop: Shop) -> None:
    sell(shop, "2026-01-10 12:00", "Tee", "Mug", "Cap", "Pen")
    shop.drain()
    found = baskets.bought_together(shop.query(*JANUARY), least=1)
    assert [pair.first + pair.second for pair in found] == ["CapMug", "CapPen", "CapTee", "MugPen", "MugTee", "PenTee"]


def test_a_later_payment_of_an_order_is_in_its_basket(shop: Shop) -> None:
    first, second = shop.sale(500, "2026-01-10 12:00"), shop.book("sale", 500, "2026-01-11 12:00", is_order=False)
    shop.line(first, "Tee", 500, quantity=1, is_order=True)
    shop.line(second, "Mug", 500, quantity=1, is_order=True)
    shop.account.bookedlines.filter(booking=second).update(order_row=first.transaction_id)
    shop.drain()
    [pair] = baskets.bought_together(shop.query(*JANUARY), least=1)
    assert (pair.orders, pair.support) == (1, Decimal(1))


def test_the_first_pairs_are_those_of_the_whole_list(shop: Shop) -> None:
    for products in (("Tee", "Mug", "Cap"), ("Tee", "Mug"), ("Cap", "Pen"), ("Mug",), ("Mug", "Pen")):
        sell(shop, "2026-01-10 12:00", *products)
    shop.drain()
    query = shop.query(*JANUARY)

    whole = baskets.bought_together(query, least=1)

    assert [(pair.first, pair.second, pair.orders) for pair in whole][0] == ("Mug", "Tee", 2)
    for limit in range(len(whole) + 1):  # the other four tie, so lift and names decide
        assert baskets.bought_together(query, least=1, limit=limit) == whole[:limit]
    of_cap = [pair for pair in whole if "Cap" in {pair.first, pair.second}]
    assert baskets.bought_together(query, least=1, of=shop.product("Cap")) == of_cap


def test_of_first_orders_at_one_instant_the_first_by_its_id_counts(shop: Shop) -> None:
    late, early = (shop.sale(500, "2026-01-10 12:00", customer="ann", is_first=is_first) for is_first in (False, True))
    for booking, sku in ((late, "Tee"), (early, "Mug")):
        shop.line(booking, sku, 500, quantity=1, is_order=True)
        shop.account.transactions.filter(pk=booking.transaction_id).update(external_id={"Tee": "b", "Mug": "a"}[sku])
    shop.drain()
    assert [row.name for row in baskets.first_products(shop.query(*JANUARY))] == ["Mug"]


def test_first_products_bring_customers_back(shop: Shop) -> None:
    sell(shop, "2026-01-10 12:00", "Tee", "Mug", customer="ann", is_first=True)
    sell(shop, "2026-01-12 12:00", "Cap", customer="ann")
    sell(shop, "2026-01-12 12:00", "Tee", customer="bob", is_first=True)
    sell(shop, "2026-02-12 12:00", "Tee", customer="bob")
    shop.drain()

    found = baskets.first_products(shop.query(*JANUARY))

    half, one = Decimal("0.5000"), Decimal("1.0000")
    told = [(row.name, row.new_customers, row.share, row.repeat_rate) for row in found]
    assert told == [("Tee", 2, one, half), ("Mug", 1, half, one)]


def test_facts_say_what_figures_say(shop: Shop) -> None:
    assert facts.did_you_know(shop.query(*JANUARY)) == []
    sell(shop, "2026-01-12 12:00", "Tee", customer="ann")
    sell(shop, "2026-01-14 12:00", "Tee", customer="ann")
    sell(shop, "2026-01-19 12:00", "Tee", customer="bob")
    shop.drain()
    told = {fact.about: fact.text for fact in facts.did_you_know(shop.query(*JANUARY))}
    assert told["fastest_moving"] == "Tee sells fastest: 3 units."
    assert told["days_to_second_order"] == "Half of those who order again do so within 2 days."
    assert told["pareto_customers"] == "The best customer brings 67% of net sales."


def log(shop: Shop, **asked: object) -> list[tuple[str, str]]:
    found = activity.activity_log(shop.query(*JANUARY, now=at("2026-02-01 12:00")), **asked)  # type: ignore[arg-type]
    return [(event.what.value, f"{event.place.at:%d %H:%M}") for event in found]


def happenings(shop: Shop) -> None:
    """One of each; two at the same instant."""
    source = shop.source("stripe")
    source.connected_at = at("2026-01-01 12:00")
    source.save()
    goals.set_goal(shop.account, metric="gross_sales", period=month_of(date(2026, 1, 1), shop.zone), target=Decimal(15))
    shop.sale(1000, "2026-01-02 12:00")
    shop.sale(1000, "2026-01-03 12:00")
    shop.book("refund", -100, "2026-01-03 12:00")
    shop.book("dispute", -900, "2026-01-05 12:00")
    shop.book("dispute_reversal", 900, "2026-01-06 12:00")
    shop.book("failed_sale", 1000, "2026-01-07 12:00")
    shop.sale(1000, "2026-02-01 12:01")  # not yet
    ImportRun.objects.create(
        account=shop.account, source=source, state=RunState.FAILED, started_at=at("2026-01-08 12:00")
    )
    shop.drain()


EVERYTHING = [
    ("source_failed", "08 12:00"), ("payment_failed", "07 12:00"), ("dispute_won", "06 12:00"),
    ("dispute_opened", "05 12:00"), ("refund", "03 12:00"), ("sale", "03 12:00"),
    ("goal_reached", "02 23:00"), ("sale", "02 12:00"),
    ("source_connected", "01 12:00"),
]  # fmt: skip


def test_what_happened_comes_newest_first(shop: Shop) -> None:
    happenings(shop)
    assert log(shop) == EVERYTHING
    assert log(shop, kinds=[Happening.SALE]) == [("sale", "03 12:00"), ("sale", "02 12:00")]


def test_pages_follow_each_other_without_gap_or_repetition(shop: Shop) -> None:
    happenings(shop)
    query = shop.query(*JANUARY, now=at("2026-02-01 12:00"))
    for limit in (1, 2, 4):
        found, below = [], None
        while page := activity.activity_log(query, below=below, limit=limit):
            found += page
            below = page[-1].place
        assert [(event.what.value, f"{event.place.at:%d %H:%M}") for event in found] == EVERYTHING


def test_a_change_of_price_is_up_or_down(shop: Shop) -> None:
    owner = Subscription.objects.create(
        account=shop.account, source=shop.source("stripe"), external_id="s", status="active"
    )
    told = (("started", 1000), ("changed", 1000), ("changed", 2000), ("paused", 0), ("resumed", 2000), ("changed", 500),
            ("cancelled", 0))  # fmt: skip
    for day, (event, amount) in enumerate(told, start=1):
        SubscriptionEvent.objects.create(
            account=shop.account, subscription=owner, external_id=str(day), event=event, amount=amount, discount=0,
            effective_at=at(f"2026-01-{day:02} 12:00"), currency="EUR", interval="month", interval_count=1, quantity=1,
        )  # fmt: skip
    for limit in (2, 50):
        found = activity.activity_log(shop.query(*JANUARY), kinds=[*Happening][5:11], limit=limit)
        expected = ["cancelled", "down", "reactivated", "paused", "up", "started"]
        assert [event.what.value.removeprefix("subscription_") for event in found] == expected[:limit]


def test_another_source_is_not_told_of(shop: Shop) -> None:
    shop.sale(1000, "2026-01-02 12:00", source="paypal")
    shop.source("stripe")
    query = shop.query("2026-01-01", "2026-01-31", sources=["stripe"])
    assert [event.what for event in activity.activity_log(query)] == [Happening.SOURCE_CONNECTED]
