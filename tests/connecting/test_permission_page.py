"""The page that asks for permission says all that a connector declares, and nothing is declared without a word."""

import re
from html import unescape

import pytest
from django.test import Client
from pytest_django import Settings

from datasources.connectors.registry import CONNECTORS
from datasources.connectors.streams import Connector, Scope
from datasources.urls import ProviderConverter
from tests.connecting.conftest import Merchant

EACH = pytest.mark.parametrize("connector", CONNECTORS.values(), ids=CONNECTORS.keys())


def page_of(alice: Merchant, connector: Connector) -> str:
    return " ".join(unescape(alice.client.get(f"/sources/connect/{connector.slug}/").content.decode()).split())


@EACH
@pytest.mark.rule("C1")
def test_every_right_and_every_field_stands_on_the_page(alice: Merchant, connector: Connector) -> None:
    page = page_of(alice, connector)

    said = [f"{scope.means} <code" for scope in connector.oauth.scopes]
    said += [f'<code class="muted">{scope.name}</code>' for scope in connector.oauth.scopes]
    said += [f"<dt>{stream.label}</dt><dd>{stream.purpose}" for stream in connector.streams]
    said += [f"<code>{field}</code>" for stream in connector.streams for field in stream.fields]
    assert [each for each in said if each not in page] == []


@EACH
@pytest.mark.rule("C1")
def test_a_field_that_nobody_declares_stands_not_on_the_page(alice: Merchant, connector: Connector) -> None:
    fields = [field for stream in connector.streams for field in stream.fields]

    assert re.findall(r"<code>([^<]+)</code>", page_of(alice, connector)) == fields


@EACH
@pytest.mark.rule("C1")
def test_what_is_never_read_how_far_back_and_how_long_is_said(alice: Merchant, connector: Connector) -> None:
    page = page_of(alice, connector)

    said = [
        *connector.never_read,
        connector.history,
        "As long as the source is connected",
        "The members of your account",
    ]
    assert [each for each in said if each not in page] == []


@pytest.mark.rule("C1")
@pytest.mark.parametrize("means", ["", "reads"])
def test_a_right_without_a_sentence_cannot_be_declared(means: str) -> None:
    with pytest.raises(ValueError, match="lacks the sentence"):
        Scope("read_only", means)


@pytest.mark.rule("C2")
@pytest.mark.parametrize("name", ["read_write", "orders:write", "Admin", "manage_orders", "full_access"])
def test_a_right_to_more_than_reading_cannot_be_declared_without_a_reason(name: str) -> None:
    with pytest.raises(ValueError, match="says why"):
        Scope(name, "Read your orders.")
    assert Scope(name, "Read your orders.", because="There is no smaller right.").because


@pytest.mark.rule("C2")
def test_what_is_asked_of_stripe_is_to_read(alice: Merchant) -> None:
    assert "&scope=read_only&" in alice.begin()


def test_a_sandbox_is_called_one(alice: Merchant, settings: Settings) -> None:
    called = alice.read()
    settings.SANDBOX_URL = ""

    assert ">Sandbox</span>" in called
    assert "This is a sandbox" in called
    assert "andbox" not in alice.read()


def test_where_we_are_not_registered_a_key_is_asked_for(alice: Merchant, settings: Settings) -> None:
    settings.PROVIDERS = {"stripe": settings.PROVIDERS["stripe"] | {"CLIENT_ID": ""}}

    page = alice.read()

    assert "Continue to Stripe" not in page
    assert '<details class="card" id="by-key" open>' in page
    assert alice.begin() == "/sources/connect/stripe/"


def test_a_provider_that_is_unknown_has_no_page(alice: Merchant) -> None:
    assert ProviderConverter.regex == "|".join(CONNECTORS)
    assert alice.client.get("/sources/connect/acmepay/").status_code == 404


@pytest.mark.rule("X2")
def test_the_form_may_lead_to_the_provider_and_nowhere_else(alice: Merchant, client: Client, sandbox: object) -> None:
    policy = alice.client.get("/sources/connect/stripe/")["Content-Security-Policy"]
    elsewhere = alice.client.get("/sources/")["Content-Security-Policy"]

    assert f"form-action 'self' {getattr(sandbox, 'url', '')};" in f"{policy};"
    assert "form-action 'self';" in f"{elsewhere};"
