"""What the sandbox refuses, in Stripe's words."""

import pytest

from datasources.sandbox.dialects.stripe import Manner
from datasources.sandbox.server import Sandbox
from datasources.sandbox.world.shop import World
from tests.sandbox.client import Client
from tests.sandbox.conftest import NOW


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/v1/charges", {"limit": 0}),
        ("/v1/charges", {"limit": 101}),
        ("/v1/charges", {"limit": "ten"}),
        ("/v1/charges", {"created[since]": 1}),
        ("/v1/charges", {"created[gte]": "today"}),
        ("/v1/charges", {"colour": "red"}),
        ("/v1/charges", {"starting_after": "ch_unknown"}),
        ("/v1/charges", {"expand[]": "data.amount"}),
        ("/v1/charges", {"expand[]": "data.nonsense"}),
        ("/v1/subscriptions", {"status": "alive"}),
        ("/v1/customers", {"customer": "cus_1"}),
    ],
)
def test_bad_parameters_are_refused_with_their_name(client: Client, path: str, params: dict[str, object]) -> None:
    reply = client.ask(path, params)

    assert reply.status == 400
    assert reply.json["error"]["type"] == "invalid_request_error"
    assert reply.json["error"]["param"] == next(iter(params)).removesuffix("[]")


def test_unknown_objects_and_addresses_are_not_found(client: Client) -> None:
    unknown = client.ask("/v1/charges/ch_unknown")

    assert (unknown.status, unknown.json["error"]["code"]) == (404, "resource_missing")
    assert client.ask("/v1/secrets").status == 404
    assert client.ask("/v1/charges", method="POST", body={"amount": 1}).status == 404


@pytest.mark.parametrize("key", [None, "sk_live_123", "rk_test_else"])
def test_strangers_are_refused(sandbox: Sandbox, key: str | None) -> None:
    reply = Client(f"{sandbox.url}/stripe", key=key).ask("/v1/charges")

    assert (reply.status, reply.json["error"]["type"]) == (401, "invalid_request_error")


def test_answers_have_a_request_id(client: Client) -> None:
    first, second = client.ask("/v1/balance"), client.ask("/v1/charges/ch_unknown")

    assert first.headers["Request-Id"].startswith("req_")
    assert first.headers["Request-Id"] != second.headers["Request-Id"]


def test_too_many_requests_are_refused_without_saying_when_to_return(world: World) -> None:
    with Sandbox(world=world, now=lambda: NOW, stripe=Manner(per_second=2)) as sandbox:
        client = Client(f"{sandbox.url}/stripe")
        replies = [client.ask("/v1/balance") for _ in range(3)]

    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[-1].headers["Stripe-Rate-Limited-Reason"] == "global-rate"
    assert replies[-1].headers["Retry-After"] is None
