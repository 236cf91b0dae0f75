"""Stripe's own package reads the sandbox and takes it for Stripe."""

from typing import Any

import pytest
import stripe
from stripe import StripeClient

from datasources.sandbox.dialects.stripe import Manner
from datasources.sandbox.server import Sandbox
from datasources.sandbox.world.shop import World
from tests.sandbox.conftest import NOW

LISTS = {
    "balance_transactions": "entries",
    "charges": "attempts",
    "customers": "buyers",
    "disputes": "disputes",
    "invoices": "orders",
    "payment_intents": "payments",
    "payouts": "payouts",
    "refunds": "refunds",
}


@pytest.fixture
def official(young: Sandbox) -> Any:
    """The official client, pointed here."""
    return reader(young.url)


def reader(url: str, key: str = "sk_test_sandbox_sdk") -> Any:
    """Make an official client that does not try again."""
    return StripeClient(key, base_addresses={"api": f"{url}/stripe"}, max_network_retries=0).v1


def known(young: Sandbox, name: str) -> int:
    """Count the facts that have happened."""
    return sum(fact.at <= NOW for fact in getattr(young.world.grow(NOW), name))


@pytest.mark.parametrize("name", LISTS)
def test_it_pages_through_everything_exactly_once(official: Any, young: Sandbox, name: str) -> None:
    seen = [one.id for one in getattr(official, name).list({"limit": 100}).auto_paging_iter()]

    assert len(seen) == len(set(seen)) == known(young, LISTS[name])


def test_it_pages_through_all_subscriptions(official: Any, young: Sandbox) -> None:
    seen = [one.id for one in official.subscriptions.list({"limit": 100, "status": "all"}).auto_paging_iter()]

    assert len(seen) == len(set(seen)) == known(young, "subscriptions")


def test_it_pages_backwards(official: Any) -> None:
    oldest = list(official.disputes.list({"limit": 100}).auto_paging_iter())[-1]

    page = official.disputes.list({"limit": 10, "ending_before": oldest.id})

    assert len({one.id for one in page.auto_paging_iter()} | {oldest.id}) == len(
        list(official.disputes.list({"limit": 100}).auto_paging_iter())
    )


def test_it_reads_the_lines_of_an_invoice(official: Any) -> None:
    invoice = official.invoices.list({"limit": 1}).data[0]

    assert [line.id for line in official.invoices.line_items.list(invoice.id)] == [line.id for line in invoice.lines]


def test_it_reads_products_prices_and_the_balance(sandbox: Sandbox) -> None:
    official = reader(sandbox.url)
    names = {one.id: one.name for one in official.products.list({"limit": 100}).auto_paging_iter()}
    prices = list(official.prices.list({"limit": 100}).auto_paging_iter())

    assert {price.product for price in prices} == set(names)
    assert {money.currency for money in official.balance.retrieve().available} == {"eur", "usd"}


def test_it_expands(official: Any) -> None:
    page = official.balance_transactions.list({"type": "refund", "limit": 5, "expand": ["data.source"]})

    assert {one.source.object for one in page.data} == {"refund"}


def test_it_knows_a_bad_key(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.AuthenticationError):
        reader(sandbox.url, "sk_test_nobody").charges.list()


def test_it_knows_another_account(official: Any) -> None:
    with pytest.raises(stripe.PermissionError):
        official.charges.list(options={"stripe_account": "acct_else"})


def test_it_knows_a_bad_request(official: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        official.charges.list({"limit": 1000})

    assert caught.value.param == "limit"


def test_it_knows_what_does_not_exist(official: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        official.charges.retrieve("ch_unknown")

    assert caught.value.code == "resource_missing"


def test_it_knows_a_limit_of_requests(world: World) -> None:
    with Sandbox(world=world, now=lambda: NOW, stripe=Manner(per_second=1)) as sandbox:
        official = reader(sandbox.url)
        official.balance.retrieve()
        with pytest.raises(stripe.RateLimitError):
            official.balance.retrieve()
