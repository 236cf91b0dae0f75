"""The consent page, its code and its tokens."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe
from stripe import StripeClient

from datasources.sandbox.dialects.stripe import Manner
from datasources.sandbox.dialects.stripe.tokens import Tokens
from datasources.sandbox.server import Sandbox
from datasources.sandbox.world.shop import World
from tests.sandbox.client import Client, Reply
from tests.sandbox.conftest import NOW

BACK = "http://127.0.0.1:8000/sources/callback"
ASKED = {
    "response_type": "code",
    "client_id": Manner().client.identifier,
    "scope": "read_only",
    "state": "a&b",
    "redirect_uri": BACK,
}


def decide(client: Client, decision: str) -> dict[str, list[str]]:
    """Press a button; return what the merchant's browser carries back."""
    body = {name: ASKED[name] for name in ("client_id", "redirect_uri", "state")}
    reply = client.ask("/oauth/authorize", method="POST", body={**body, "decision": decision})
    assert reply.status == 302
    assert reply.headers["Location"].startswith(f"{BACK}?")
    return parse_qs(urlsplit(reply.headers["Location"]).query)


def exchange(client: Client, **form: str) -> Reply:
    """Ask for tokens as the application."""
    return client.ask("/oauth/token", method="POST", body={"client_secret": Manner().client.secret, **form})


def granted(client: Client) -> Any:
    """Allow, and exchange the code."""
    code = decide(client, "allow")["code"][0]
    return exchange(client, grant_type="authorization_code", code=code).json


def test_the_page_says_sandbox_and_who_asks(client: Client) -> None:
    reply = client.ask("/oauth/authorize", ASKED)
    page = reply.body.decode()

    assert reply.status == 200
    assert "Sandbox" in page
    assert "Kaffeehafen" in page
    assert "127.0.0.1:8000" in page


def test_the_page_has_a_strict_policy_and_nothing_inline(client: Client) -> None:
    reply = client.ask("/oauth/authorize", ASKED)

    assert "default-src 'none'; style-src 'self'" in reply.headers["Content-Security-Policy"]
    assert not any(word in reply.body for word in (b"<style", b"<script", b"style=", b"onclick"))
    assert client.ask("/consent.css").headers["Content-Type"].startswith("text/css")


def test_words_of_the_address_stay_words(client: Client) -> None:
    page = client.ask("/oauth/authorize", ASKED | {"state": '"><b>'}).body

    assert b"<b>" not in page


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "ca_else"},
        {"redirect_uri": "https://example.com/"},
        {"redirect_uri": "https://127.0.0.1.example.com/"},
        {"redirect_uri": "http://127.0.0.1@example.com/"},
        {"redirect_uri": "javascript:alert(1)//localhost"},
        {"redirect_uri": ""},
        {"response_type": "token"},
        {"scope": "everything"},
    ],
)
def test_a_wrong_request_is_shown_and_sends_nobody_anywhere(client: Client, change: dict[str, str]) -> None:
    shown = client.ask("/oauth/authorize", ASKED | change)

    assert (shown.status, shown.headers["Location"]) == (400, None)
    assert b"cannot be shown" in shown.body


def test_pressing_a_button_checks_again(client: Client) -> None:
    body = ASKED | {"redirect_uri": "https://example.com/", "decision": "allow"}

    assert client.ask("/oauth/authorize", method="POST", body=body).status == 400


def test_denying_sends_back_without_a_code(client: Client) -> None:
    carried = decide(client, "deny")

    assert (carried["error"], carried["state"]) == (["access_denied"], ["a&b"])
    assert "code" not in carried


def test_a_code_buys_tokens_that_read(client: Client) -> None:
    tokens = granted(client)

    assert (tokens["scope"], tokens["livemode"], tokens["token_type"]) == ("read_only", False, "bearer")
    assert tokens["stripe_user_id"] == client.get("/v1/account")["id"]
    assert Client(client.base, key=tokens["access_token"]).ask("/v1/charges").status == 200


def test_a_code_used_twice_ends_the_access_it_gave(client: Client) -> None:
    code = decide(client, "allow")["code"][0]
    first = exchange(client, grant_type="authorization_code", code=code).json
    again = exchange(client, grant_type="authorization_code", code=code)

    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert Client(client.base, key=first["access_token"]).ask("/v1/charges").status == 401
    assert exchange(client, grant_type="refresh_token", refresh_token=first["refresh_token"]).status == 400


def test_a_refresh_token_buys_new_ones(client: Client) -> None:
    tokens = granted(client)
    fresh = exchange(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json

    assert Client(client.base, key=fresh["access_token"]).ask("/v1/charges").status == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_secret": "wrong", "grant_type": "authorization_code"}, "invalid_client"),
        ({"grant_type": "authorization_code", "code": "ac_invented"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "rt_invented"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_wrong_exchanges_are_refused(client: Client, form: dict[str, str], error: str) -> None:
    assert exchange(client, **form).json["error"] == error


def test_a_code_lives_five_minutes() -> None:
    clock = [NOW]
    tokens = Tokens("secret", now=lambda: clock[0])
    late, early = tokens.code(), tokens.code()
    clock[0] = NOW + timedelta(minutes=5)
    assert tokens.redeem(early)
    clock[0] = NOW + timedelta(minutes=5, seconds=1)

    assert tokens.redeem(late) is None


def test_a_restarted_sandbox_knows_its_tokens_and_no_others() -> None:
    def now() -> datetime:
        return NOW

    access, _ = Tokens("secret", now=now).pair("0123456789abcdef")

    assert Tokens("secret", now=now).is_access(access)
    assert not Tokens("other", now=now).is_access(access)
    assert not Tokens("secret", now=now).is_access(access[:-1])


def test_deauthorising_ends_all_access() -> None:
    clock = [NOW]
    with Sandbox(world=World(opened=NOW.date()), now=lambda: clock[0]) as sandbox:
        client = Client(f"{sandbox.url}/stripe")
        tokens = granted(client)
        form = {"client_id": Manner().client.identifier, "stripe_user_id": tokens["stripe_user_id"]}
        client.ask("/oauth/deauthorize", method="POST", body={"client_secret": Manner().client.secret, **form})

        assert Client(client.base, key=tokens["access_token"]).ask("/v1/charges").status == 401
        clock[0] += timedelta(seconds=1)
        assert Client(client.base, key=granted(client)["access_token"]).ask("/v1/charges").status == 200


def test_the_official_package_exchanges_and_deauthorises() -> None:
    with Sandbox(world=World(opened=NOW.date()), now=lambda: NOW) as sandbox:
        client = Client(f"{sandbox.url}/stripe")
        addresses = {"api": client.base, "connect": client.base}
        official = StripeClient(Manner().client.secret, client_id=Manner().client.identifier, base_addresses=addresses)  # type: ignore[arg-type]
        code = decide(client, "allow")["code"][0]
        tokens = official.oauth.token({"grant_type": "authorization_code", "code": code})

        with pytest.raises(stripe.oauth_error.InvalidGrantError):
            official.oauth.token({"grant_type": "authorization_code", "code": code})
        assert official.oauth.deauthorize({"stripe_user_id": str(tokens.stripe_user_id)})
