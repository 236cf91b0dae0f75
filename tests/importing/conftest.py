"""A shop at a provider, and an account that reads it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings

from accounts.models import Account
from datasources.importing.plan import next_window
from datasources.importing.slices import import_slice
from datasources.models import DataSource, StreamState
from datasources.sandbox.dialects.stripe import Manner
from datasources.sandbox.server import Sandbox
from datasources.sandbox.world.shop import World
from datasources.services.connecting import accept_key
from datasources.services.providers import provider
from putler.tenancy import tenant
from tests import make

KEY = "rk_test_sandbox"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """Time as the shop and the importer tell it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


class Importer:
    """An account with the shop as its source, and the worker that reads it."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self.account, self.clock = account, clock
        self.source: DataSource = accept_key(account, provider("stripe"), KEY, now=clock())

    @property
    def states(self) -> list[StreamState]:
        with tenant(self.account.pk):
            return list(StreamState.objects.filter(source=self.source).order_by("number"))

    def step(self) -> bool:
        """One slice of every list; answers whether there was anything to do."""
        streams = {stream.name: stream for stream in provider("stripe").connector.streams}
        busy = [state for state in self.states if next_window(state, streams[state.stream], self.clock())]
        for state in busy:
            import_slice(self.account.pk, state.pk, clock=self.clock)
        return any(not state.is_refused for state in busy)

    def run(self) -> None:
        """Read until everything is read."""
        for _ in range(100):
            if not self.step():
                return
        raise AssertionError([(state.stream, state.error) for state in self.states if state.error])


@pytest.fixture(scope="session")
def world() -> World:
    """Give a shop that opened half a year before."""
    return World(opened=date(2025, 9, 1))


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def sandbox(world: World, clock: Clock, settings: Settings) -> Iterator[Sandbox]:
    """Serve the shop."""
    with Sandbox(world=world, now=clock, stripe=Manner(per_second=10**6)) as sandbox:
        address = {"API_URL": f"{sandbox.url}/stripe", "AUTH_URL": f"{sandbox.url}/stripe"}
        settings.PROVIDERS = {"stripe": settings.PROVIDERS["stripe"] | address}
        yield sandbox


@pytest.fixture
def importer(db: None, sandbox: Sandbox, clock: Clock) -> Importer:
    return Importer(make.account(), clock)
