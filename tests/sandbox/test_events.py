"""Events: what happened in the last thirty days, each with its object as it was then."""

from datetime import timedelta

from tests.sandbox.client import Client
from tests.sandbox.conftest import NOW


def test_events_go_back_thirty_days(client: Client) -> None:
    moments = [one["created"] for one in client.every("/v1/events")]

    assert NOW.timestamp() - min(moments) <= timedelta(days=30).total_seconds()
    assert NOW.timestamp() - min(moments) > timedelta(days=29).total_seconds()


def test_events_are_filtered_by_type(client: Client) -> None:
    page = client.get("/v1/events", limit=100, **{"types[]": "refund.created"})

    assert {one["type"] for one in page["data"]} == {"refund.created"}
    assert {one["data"]["object"]["object"] for one in page["data"]} == {"refund"}


def test_a_refund_tells_of_its_charge_too(client: Client) -> None:
    newest = client.get("/v1/events", limit=1, **{"types[]": "charge.refunded"})["data"][0]["data"]["object"]
    refund = client.get("/v1/refunds", limit=1, charge=newest["id"])["data"][0]

    assert newest["object"] == "charge"
    assert newest["amount_refunded"] >= refund["amount"] > 0


def test_money_of_a_dispute_is_told_with_it_unless_it_is_an_inquiry(client: Client) -> None:
    opened = list(client.every("/v1/events", **{"types[]": "charge.dispute.created"}))
    withdrawn = list(client.every("/v1/events", **{"types[]": "charge.dispute.funds_withdrawn"}))
    moved = {one["data"]["object"]["id"] for one in opened if one["data"]["object"]["balance_transactions"]}

    assert {one["data"]["object"]["id"] for one in withdrawn} == moved


def test_an_update_says_what_was_before(client: Client) -> None:
    updates = client.get("/v1/events", limit=50, **{"types[]": "customer.subscription.updated"})["data"]

    for update in updates:
        before, after = update["data"]["previous_attributes"], update["data"]["object"]
        assert before
        assert all(after[name] != value for name, value in before.items())


def test_an_object_is_told_as_it_was(client: Client) -> None:
    paid = client.get("/v1/events", limit=100, **{"types[]": "invoice.payment_failed"})["data"]
    states = {
        (one["data"]["object"]["status"], client.get(f"/v1/invoices/{one['data']['object']['id']}")["status"])
        for one in paid
    }

    assert ("open", "paid") in states
