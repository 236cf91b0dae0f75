"""Webhooks: really posted, really signed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import NamedTuple

import pytest
import stripe

from datasources.sandbox.server import Sandbox
from datasources.sandbox.world.shop import World
from tests.sandbox.client import Client

SECRET = "whsec_of_the_test"


class Heard(NamedTuple):
    """One delivery."""

    body: bytes
    signature: str


@pytest.fixture
def heard() -> list[Heard]:
    """What was delivered."""
    return []


@pytest.fixture
def ear(heard: list[Heard]) -> Iterator[str]:
    """An endpoint that hears."""

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append(Heard(body, self.headers["Stripe-Signature"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/hooks?source=1"
        server.shutdown()


def young() -> World:
    """A shop of some weeks as of today: the official package compares signatures with the real clock."""
    return World(opened=(datetime.now(UTC) - timedelta(days=40)).date())


def register(client: Client, url: str) -> int:
    """Ask to be told; return the status."""
    return client.ask("/_control/webhooks", method="POST", body={"url": url, "secret": SECRET}).status


def test_the_official_package_verifies_a_delivery(ear: str, heard: list[Heard]) -> None:
    with Sandbox(world=young()) as sandbox:
        client = Client(f"{sandbox.url}/stripe")
        register(client, ear)
        told = client.ask("/_control/deliver", method="POST", body={"newest": 3}).json

        assert told == {"delivered": [204, 204, 204]}
        events = [stripe.Webhook.construct_event(one.body, one.signature, SECRET) for one in heard]
        newest = [one["id"] for one in client.get("/v1/events", limit=3)["data"]]
        assert [event.id for event in reversed(events)] == newest
        assert {event.account for event in events} == {client.get("/v1/account")["id"]}


def test_another_secret_does_not_verify(ear: str, heard: list[Heard]) -> None:
    with Sandbox(world=young()) as sandbox:
        client = Client(f"{sandbox.url}/stripe")
        register(client, ear)
        client.ask("/_control/deliver", method="POST", body={"newest": 1})

    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(heard[0].body, heard[0].signature, "whsec_else")


def test_events_are_told_as_the_clock_passes_them_and_once(ear: str, heard: list[Heard]) -> None:
    clock = [datetime(2026, 3, 2, 12, tzinfo=UTC)]
    with Sandbox(world=World(opened=date(2026, 2, 1)), now=lambda: clock[0]) as sandbox:
        client = Client(f"{sandbox.url}/stripe")
        register(client, ear)
        assert sandbox.stripe.hooks.deliver() == []
        clock[0] += timedelta(hours=6)
        sandbox.stripe.hooks.deliver()
        sandbox.stripe.hooks.deliver()
        events = client.get("/v1/events", limit=100, **{"created[gt]": int(clock[0].timestamp()) - 6 * 3600})["data"]

    assert len(heard) == len(events) > 5


def test_nobody_outside_this_machine_is_told(client: Client) -> None:
    assert register(client, "http://example.com/hooks") == 400


def test_an_endpoint_that_is_gone_does_no_harm() -> None:
    with Sandbox(world=young()) as sandbox:
        client = Client(f"{sandbox.url}/stripe")
        register(client, "http://127.0.0.1:9/hooks")

        assert client.ask("/_control/deliver", method="POST", body={"newest": 1}).json == {"delivered": [0]}
