"""How Stripe's lists are walked, over real HTTP against a provider of canned answers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from datasources.connectors.errors import Rejected, Transient
from datasources.connectors.registry import CONNECTORS
from datasources.connectors.streams import Page, Window
from tests.datasources.connectors.conftest import Provider
from tests.datasources.connectors.recordings import stream, stripe

STRIPE = CONNECTORS["stripe"]
JANUARY = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
CUT = {"created[gte]": "1767225600", "created[lt]": "1769904000"}
ALL = {"limit": "100"}
REFUSAL = {"error": {"type": "invalid_request_error", "message": "Received unknown parameter: created"}}
PAYMENT: dict[str, Any] = {"amount": 100, "currency": "eur", "created": 1767600000, "type": "charge"}


def walked(provider: Provider, name: str = "balance_transactions", position: str = "") -> list[Page]:
    """All pages of a list."""
    return list(STRIPE.pages(provider.http(STRIPE), stream(STRIPE, name), JANUARY, position))


def asked(provider: Provider) -> list[dict[str, str]]:
    """The parameters of all requests."""
    return [request.params for request in provider.asked]


def test_a_list_is_cut_to_the_window_and_walked_by_the_last_id(provider: Provider) -> None:
    provider.lists("txn_3", "txn_2", has_more=True, **PAYMENT)
    provider.lists("txn_1", **PAYMENT)

    pages = walked(provider)

    assert [[record.id for record in page.records] for page in pages] == [["txn_3", "txn_2"], ["txn_1"]]
    assert [page.position for page in pages] == ["txn_2", ""]
    assert not any(page.is_unfiltered for page in pages)
    assert asked(provider) == [ALL | CUT, ALL | CUT | {"starting_after": "txn_2"}]


def test_requests_carry_the_key_and_the_version(provider: Provider) -> None:
    provider.lists()

    walked(provider)

    [request] = provider.asked
    assert request.path == "/v1/balance_transactions"
    assert request.headers["Authorization"] == "Bearer rk_test_123"
    assert request.headers["Stripe-Version"] == "2026-06-24.dahlia"


def test_a_walk_goes_on_from_a_position(provider: Provider) -> None:
    provider.lists("txn_1", **PAYMENT)

    walked(provider, position="txn_2")

    assert asked(provider) == [ALL | CUT | {"starting_after": "txn_2"}]


def test_cancelled_subscriptions_are_asked_for_and_coupons_too(provider: Provider) -> None:
    provider.lists()

    walked(provider, "subscriptions")

    assert asked(provider) == [ALL | CUT | {"status": "all", "expand[]": "data.discounts.source.coupon"}]


@pytest.mark.parametrize("status", [400, 500])
def test_a_server_that_refuses_to_cut_a_list_is_asked_for_all_of_it(provider: Provider, status: int) -> None:
    provider.answers_with(REFUSAL if status == 400 else b"Server got itself in trouble", status=status)
    provider.lists("txn_2", has_more=True, **PAYMENT)
    provider.lists("txn_1", **PAYMENT)

    pages = walked(provider)

    assert [(page.position, page.is_unfiltered) for page in pages] == [("*txn_2", True), ("", True)]
    assert asked(provider) == [ALL | CUT, ALL, ALL | {"starting_after": "txn_2"}]


def test_a_walk_over_the_whole_list_goes_on_as_such(provider: Provider) -> None:
    provider.lists("txn_1", **PAYMENT)

    [page] = walked(provider, position="*txn_2")

    assert page.is_unfiltered
    assert asked(provider) == [ALL | {"starting_after": "txn_2"}]


def test_less_and_less_is_asked_of_a_server_that_refuses(provider: Provider) -> None:
    for _ in range(3):
        provider.answers_with(REFUSAL, status=400)
    provider.lists("sub_1", has_more=True)
    provider.lists("sub_2")

    pages = walked(provider, "subscriptions")

    chosen, expanded = {"status": "all"}, {"expand[]": "data.discounts.source.coupon"}
    assert asked(provider)[:4] == [ALL | CUT | chosen | expanded, ALL | chosen | expanded, ALL | chosen, ALL]
    assert [page.position for page in pages] == ["***sub_1", ""]


def test_a_server_that_refuses_everything_is_heard(provider: Provider) -> None:
    provider.answers_with(REFUSAL, status=400)

    with pytest.raises(Rejected):
        walked(provider)

    assert len(provider.asked) == 2  # with and without the window; there is nothing else to leave out


def test_a_list_that_is_not_there_is_not_asked_for_twice(provider: Provider) -> None:
    provider.answers_with({"error": {"message": "Unrecognized request URL"}}, status=404)

    with pytest.raises(Rejected) as error:
        walked(provider)

    assert error.value.status == 404
    assert len(provider.asked) == 1


def test_plans_are_read_where_there_are_no_prices(provider: Provider) -> None:
    provider.answers_with(REFUSAL, status=404)
    provider.answers_with({"data": [stripe("prices", "plan_1")], "has_more": False})

    [page] = walked(provider, "prices")

    assert [record.id for record in page.records] == ["plan_1"]
    assert [request.path for request in provider.asked] == ["/v1/prices", "/v1/plans"]


def test_a_position_that_was_deleted_begins_the_list_again(provider: Provider) -> None:
    provider.answers_with({"error": {"code": "resource_missing", "param": "starting_after"}}, status=400)
    provider.lists("txn_1", **PAYMENT)

    [page] = walked(provider, position="txn_gone")

    assert not page.is_unfiltered
    assert asked(provider) == [ALL | CUT | {"starting_after": "txn_gone"}, ALL | CUT]


def test_a_server_that_fails_in_the_middle_of_a_list_is_not_walked_again(provider: Provider) -> None:
    provider.lists("txn_1", has_more=True, **PAYMENT)
    provider.answers_with(b"Server got itself in trouble", status=500)

    with pytest.raises(Transient):
        walked(provider)


def test_a_repeated_page_is_noticed(provider: Provider) -> None:
    provider.lists("txn_2", has_more=True, **PAYMENT)

    with pytest.raises(Transient, match="repeated"):
        walked(provider)


def test_an_empty_page_before_the_end_is_noticed(provider: Provider) -> None:
    provider.lists(has_more=True)

    with pytest.raises(Transient, match="empty"):
        walked(provider)


@pytest.mark.parametrize(
    "body",
    [b'{"data": [{"id": "txn_1", "am', b"<html>", b"{}", b'{"data": [{}], "has_more": false}', b"\xff\xfe", b""],
    ids=["cut off", "a page", "no list", "an empty record", "no text", "nothing"],
)
def test_a_body_that_is_no_such_list_is_tried_again_later(provider: Provider, body: bytes) -> None:
    provider.answers_with(body)

    with pytest.raises(Transient, match="cut off"):
        walked(provider)


def test_an_invoice_is_completed_with_the_lines_that_did_not_come_with_it(provider: Provider) -> None:
    invoice = stripe("invoices", "in_1")
    line = invoice["lines"]["data"][0]
    cut_short = invoice | {"lines": {"data": [line], "has_more": True}}
    provider.answers_with({"data": [cut_short], "has_more": False})
    provider.answers_with({"data": [line], "has_more": True})
    provider.answers_with({"data": [line | {"id": "il_2"}], "has_more": False})

    [page] = walked(provider, "invoices")

    assert len(page.records[0].lines.data) == 2
    assert [request.path for request in provider.asked[1:]] == ["/v1/invoices/in_1/lines"] * 2
    assert asked(provider)[2] == ALL | {"starting_after": "il_prod_1"}


def test_of_all_events_only_those_about_subscriptions_and_deleted_customers_are_read(provider: Provider) -> None:
    other = stripe("events", "evt_1Pgc76B7WZ01zgkWwyRHS12y")
    provider.answers_with({"data": [other, stripe("events", "evt_34"), other | {"data": 7}], "has_more": False})

    [page] = walked(provider, "events")

    assert [record.id for record in page.records] == ["evt_34"]
