"""Somebody who connects a shop of the sandbox, which remembers what it was asked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from django.test import Client
from pytest_django import Settings

from accounts.models import Account, Role
from datasources.models import Credential, DataSource, OAuthState
from datasources.sandbox.dialects.stripe import Manner
from datasources.sandbox.server import Sandbox
from datasources.sandbox.wire import Answer, Request
from datasources.sandbox.world.shop import World
from putler.tenancy import tenant
from tests import make

KEY = "rk_test_sandbox_canary"
PAGE = "/sources/connect/stripe/"


class Asked(list[tuple[str, str]]):
    """What the sandbox was asked: (method, path), without the walk over the lists."""

    def __call__(self, request: Request) -> Answer | None:
        self.append((request.method, request.path))
        return None

    @property
    def exchanges(self) -> int:
        """How often a code was to be exchanged for a token."""
        return self.count(("POST", "/oauth/token"))


class Merchant:
    """A member of an account before the site and the provider."""

    def __init__(self, account: Account, name: str, role: Role = Role.OWNER) -> None:
        self.account, self.client, self.user = account, Client(), make.user(name)
        make.member(account, self.user, role)
        self.client.force_login(self.user)
        make.prove(self.client, self.user)

    def begin(self, **fields: str) -> str:
        """Ask for a consent; answers the provider's address."""
        return str(self.client.post(f"{PAGE}consent/", fields)["Location"])

    def decide(self, url: str, decision: str = "allow") -> str:
        """Allow or deny at the provider; answers the address to come back to."""
        form = dict(parse_qsl(urlsplit(url).query)) | {"decision": decision}
        answer = requests.post(url.partition("?")[0], form, allow_redirects=False, timeout=10)
        return str(answer.headers["Location"])

    def come_back(self, url: str) -> Any:
        """Follow the provider's redirect."""
        return self.client.get(url.removeprefix("http://127.0.0.1:8000"))

    def connect(self) -> Any:
        """Walk the whole way."""
        return self.come_back(self.decide(self.begin()))

    def enter(self, key: str, **fields: str) -> Any:
        """Type a key."""
        return self.client.post(f"{PAGE}key/", {"key": key} | fields)

    def read(self) -> str:
        """What the page says to which the merchant was sent."""
        return str(self.client.get(PAGE).content.decode())

    @property
    def sources(self) -> list[DataSource]:
        with tenant(self.account.pk):
            return list(self.account.sources.order_by("pk"))

    @property
    def credentials(self) -> list[Credential]:
        with tenant(self.account.pk):
            return list(Credential.objects.select_related("source").order_by("pk"))

    @property
    def states(self) -> list[OAuthState]:
        with tenant(self.account.pk):
            return list(OAuthState.objects.order_by("pk"))


@pytest.fixture(scope="session")
def shop() -> World:
    """Give a shop that opened ten days ago."""
    return World(opened=datetime.now(UTC).date() - timedelta(days=10))


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def sandbox(shop: World, asked: Asked, settings: Settings) -> Iterator[Sandbox]:
    """Serve the shop in Stripe's place."""
    with Sandbox(world=shop, stripe=Manner(per_second=10**6), faults=asked) as sandbox:
        address = {"API_URL": f"{sandbox.url}/stripe", "AUTH_URL": f"{sandbox.url}/stripe"}
        registration = {"CLIENT_ID": Manner().client.identifier, "CLIENT_SECRET": Manner().client.secret}
        settings.PROVIDERS, settings.SANDBOX_URL = {"stripe": address | registration}, sandbox.url
        yield sandbox


@pytest.fixture
def account(db: None) -> Account:
    return make.account()


@pytest.fixture
def alice(account: Account, sandbox: Sandbox) -> Merchant:
    """Give the owner."""
    return Merchant(account, "alice")


@pytest.fixture
def anna(account: Account, alice: Merchant) -> Merchant:
    """Give an admin of the same account."""
    return Merchant(account, "anna", Role.ADMIN)


@pytest.fixture
def charlie(sandbox: Sandbox) -> Merchant:
    """Give the owner of another account."""
    return Merchant(make.account("Another shop"), "charlie")
