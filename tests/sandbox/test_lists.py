"""Lists and single objects, as plain HTTP."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from datasources.sandbox.dialects.stripe import Manner
from datasources.sandbox.server import Sandbox
from datasources.sandbox.world.facts import Facts
from datasources.sandbox.world.shop import World
from tests.sandbox.client import Client
from tests.sandbox.conftest import NOW

LISTS = """balance_transactions charges customers disputes events invoice_payments invoices payment_intents payouts
    plans prices products refunds subscriptions""".split()


def names(answer: Any) -> list[str]:
    """Return the identifiers of a page."""
    return [one["id"] for one in answer["data"]]


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_newest_first_and_say_where_they_are(client: Client, name: str) -> None:
    page = client.get(f"/v1/{name}", limit=20)
    created = [one["created"] for one in page["data"]]

    assert created == sorted(created, reverse=True)
    assert (page["object"], page["url"], page["has_more"]) == ("list", f"/v1/{name}", name not in ("plans", "products"))


@pytest.mark.parametrize("name", LISTS)
def test_every_listed_object_can_be_read_alone(client: Client, name: str) -> None:
    listed = client.get(f"/v1/{name}", limit=3)["data"]

    assert [client.get(f"/v1/{name}/{one['id']}") for one in listed] == listed


def test_pages_walk_down_and_up_again(client: Client) -> None:
    first = client.get("/v1/charges", limit=5)
    second = client.get("/v1/charges", limit=5, starting_after=names(first)[-1])
    back = client.get("/v1/charges", limit=5, ending_before=names(second)[0])

    assert names(first) + names(second) == names(client.get("/v1/charges", limit=10))
    assert names(back) == names(first)
    assert not back["has_more"]


def test_a_page_has_ten_objects_unless_told(client: Client) -> None:
    assert len(names(client.get("/v1/charges"))) == 10


@pytest.mark.parametrize(
    ("bound", "expected"),
    [("gt", [0]), ("gte", [0, 1]), ("lt", [2]), ("lte", [1, 2])],
)
def test_created_is_cut_at_the_second(client: Client, bound: str, expected: list[int]) -> None:
    moments = sorted({one["created"] for one in client.every("/v1/payouts")}, reverse=True)[:3]

    found = {one["created"] for one in client.every("/v1/payouts", **{f"created[{bound}]": moments[1]})}

    assert [place for place, moment in enumerate(moments) if moment in found] == expected


def test_bounds_meet_without_gap_or_overlap(client: Client) -> None:
    moments = [one["created"] for one in client.get("/v1/charges", limit=100)["data"]]
    middle, begin = moments[50], moments[-1]

    older = client.get("/v1/charges", limit=100, **{"created[gte]": begin, "created[lt]": middle})
    newer = client.get("/v1/charges", limit=100, **{"created[gte]": middle})

    assert names(newer) + names(older) == names(client.get("/v1/charges", limit=100))


def test_a_moment_alone_is_exact(client: Client) -> None:
    newest = client.get("/v1/charges", limit=1)["data"][0]

    assert names(client.get("/v1/charges", created=newest["created"])) == [newest["id"]]


def test_money_filters(client: Client) -> None:
    disputes = list(client.every("/v1/balance_transactions", type="adjustment"))

    assert {one["reporting_category"] for one in disputes} == {"dispute", "dispute_reversal"}


def test_a_payout_consists_of_its_transactions(client: Client) -> None:
    payout = client.get("/v1/payouts", limit=5)["data"][4]

    told = list(client.every("/v1/balance_transactions", payout=payout["id"]))

    assert sum(one["net"] for one in told if one["type"] != "payout") == payout["amount"]
    assert [one["net"] for one in told if one["type"] == "payout"] == [-payout["amount"]]


def test_ended_subscriptions_are_left_out_unless_asked_for(client: Client) -> None:
    def statuses(**params: object) -> set[str]:
        return {one["status"] for one in client.every("/v1/subscriptions", **params)}

    assert "canceled" not in statuses()
    assert statuses(status="ended") == {"canceled", "incomplete_expired"}
    assert statuses(status="all") >= {"canceled", "active", "trialing"}


def test_sources_and_customers_are_expanded(client: Client) -> None:
    query = urlencode([("limit", 100), ("expand[]", "data.source"), ("expand[]", "data.source.customer")])
    told = client.get(f"/v1/balance_transactions?{query}")["data"]
    charges = [one["source"] for one in told if one["type"] == "charge"]

    assert {charge["object"] for charge in charges} == {"charge"}
    assert {charge["customer"]["object"] for charge in charges if charge["customer"]} == {"customer"}


def test_a_failed_debit_names_both_its_rows(client: Client) -> None:
    back = client.get("/v1/balance_transactions", type="payment_failure_refund", **{"expand[]": "data.source"})["data"][
        0
    ]
    charge = client.get(f"/v1/charges/{back['source']['charge']}")

    assert (charge["status"], charge["failure_balance_transaction"]) == ("failed", back["id"])
    assert back["amount"] == -client.get(f"/v1/balance_transactions/{charge['balance_transaction']}")["amount"]


def test_an_invoice_adds_up(client: Client) -> None:
    for invoice in client.get("/v1/invoices", limit=100)["data"]:
        lines = sum(line["amount"] for line in invoice["lines"]["data"])
        discount = sum(one["amount"] for one in invoice["total_discount_amounts"])
        tax = sum(one["amount"] for one in invoice["total_taxes"])

        assert invoice["subtotal"] == lines
        assert invoice["total"] == lines - discount + tax + invoice["amount_shipping"]


def test_a_payment_leads_to_its_invoice(client: Client) -> None:
    wanted = client.get("/v1/invoices", limit=1, status="paid", **{"expand[]": "data.payments"})["data"][0]
    intent = wanted["payments"]["data"][0]["payment"]["payment_intent"]
    asked = {"payment[type]": "payment_intent", "payment[payment_intent]": intent}

    assert [one["invoice"] for one in client.get("/v1/invoice_payments", **asked)["data"]] == [wanted["id"]]


def test_old_versions_have_old_shapes(sandbox: Sandbox) -> None:
    old = Client(f"{sandbox.url}/stripe", version="2022-08-01")
    subscription = old.get("/v1/subscriptions", limit=1)["data"][0]
    invoice = old.get("/v1/invoices", limit=1, status="paid")["data"][0]
    charge = old.get(f"/v1/charges/{invoice['charge']}")

    assert charge["invoice"] == invoice["id"]
    assert charge["refunds"]["object"] == "list"
    assert old.get(f"/v1/payment_intents/{invoice['payment_intent']}")["invoice"] == invoice["id"]
    assert subscription["plan"]["object"] == "plan"
    assert subscription["current_period_end"] > subscription["current_period_start"]


def test_the_newest_version_has_none_of_them(client: Client) -> None:
    assert {"invoice", "refunds"} & set(client.get("/v1/charges", limit=1)["data"][0]) == set()
    assert {"charge", "payment_intent", "subscription"} & set(client.get("/v1/invoices", limit=1)["data"][0]) == set()
    assert {"plan", "current_period_end"} & set(client.get("/v1/subscriptions", limit=1)["data"][0]) == set()


def test_paging_is_stable_while_the_shop_grows() -> None:
    clock = [NOW - timedelta(days=30)]
    young = World(opened=date(2026, 7, 20))
    growing = Sandbox(world=young, now=lambda: clock[0], stripe=Manner(per_second=10**9))
    with growing as sandbox:
        client = Client(f"{sandbox.url}/stripe")
        before = [one["id"] for one in client.every("/v1/charges")]
        seen = []
        for one in client.every("/v1/charges"):
            seen.append(one["id"])
            clock[0] += timedelta(minutes=20)

    assert seen == before


def test_recent_money_is_pending_until_it_is_available(client: Client) -> None:
    for one in client.get("/v1/balance_transactions", limit=100, type="charge")["data"]:
        assert one["status"] == ("pending" if one["available_on"] > NOW.timestamp() else "available")
        assert one["available_on"] - one["created"] == timedelta(days=7).total_seconds()


def test_the_facts_and_the_api_tell_of_the_same_money(client: Client, facts: Facts) -> None:
    def known(moment: datetime) -> bool:
        return moment <= NOW

    told = list(client.every("/v1/balance_transactions"))

    assert sum(one["net"] for one in told) == sum(one.amount - one.fee for one in facts.entries if known(one.at))
    assert len(told) == sum(known(one.at) for one in facts.entries)


def test_plans_are_the_recurring_prices(client: Client) -> None:
    recurring = list(client.every("/v1/prices", type="recurring"))

    assert names({"data": client.every("/v1/plans")}) == names({"data": recurring})


@pytest.mark.parametrize("name", ["subscriptions", "invoices"])
def test_coupons_are_expanded_within_their_discounts(client: Client, name: str) -> None:
    told = client.every(f"/v1/{name}", **{"expand[]": "data.discounts.source.coupon"})

    assert {one["source"]["coupon"]["object"] for holder in told for one in holder["discounts"]} == {"coupon"}


def test_a_customers_coupon_may_be_asked_for_though_none_has_one(client: Client) -> None:
    told = client.get("/v1/customers", limit=100, **{"expand[]": "data.discount.source.coupon"})

    assert {one["discount"] for one in told["data"]} == {None}


def test_a_whole_subscription_has_its_coupon_too(client: Client) -> None:
    discounted = next(one for one in client.every("/v1/subscriptions") if one["discounts"])
    told = client.get(f"/v1/subscriptions/{discounted['id']}", **{"expand[]": "discounts.source.coupon"})

    assert told["discounts"][0]["source"]["coupon"]["percent_off"] > 0


def test_four_levels_are_expanded_and_no_more(client: Client) -> None:
    asked = {"expand[]": "data.discounts.source.coupon.applies_to"}

    assert client.ask("/v1/subscriptions", asked).status == 400


@pytest.mark.parametrize("kind", ["charges", "plans", "products"])
def test_what_only_stands_inside_others_is_in_no_list(client: Client, kind: str) -> None:
    discounts = (one["discounts"] for one in client.every("/v1/subscriptions", **{"expand[]": "data.discounts"}))
    discount = next(one for one in discounts if one)[0]

    for name in (discount["id"], discount["source"]["coupon"]):
        assert client.ask(f"/v1/{kind}/{name}").status == 404
