"""A shop at a provider, and an account that reads it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings

from accounts.models import Account, Role
from datasources.importing.plan import next_window
from datasources.importing.slices import import_slice
from datasources.models import DataSource, ImportRun, StreamState
from datasources.sandbox.dialects.stripe import Manner
from datasources.sandbox.server import Sandbox
from datasources.sandbox.wire import Answer, Request
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

    def sleep(self, seconds: float) -> None:
        """Let a pause pass without waiting."""
        self.forward(seconds=seconds)


class Faults:
    """What the server does instead of answering: `when` may answer a request in the shop's place."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.when: Callable[[Request], Answer | None] = lambda _: None

    def __call__(self, request: Request) -> Answer | None:
        self.asked.append(request)
        return self.when(request)

    def on(self, path: str, *answers: Answer) -> None:
        """Give these answers, in their order, to requests of that path; then the shop answers again."""
        left = list(answers)
        self.when = lambda request: left.pop(0) if left and request.path == path else None

    def always_on(self, path: str, answer: Answer) -> None:
        """Give this answer to every request of that path."""
        self.when = lambda request: answer if request.path == path else None


class Importer:
    """An account with the shop as its source, and the worker that reads it."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self.account, self.clock = account, clock
        self.order: Callable[[list[StreamState]], list[StreamState]] = list  # in which lists take turns
        self.source: DataSource = accept_key(account, provider("stripe"), KEY, now=clock())

    @property
    def states(self) -> list[StreamState]:
        with tenant(self.account.pk):
            return list(StreamState.objects.filter(account=self.account, source=self.source).order_by("number"))

    @property
    def runs(self) -> list[ImportRun]:
        """The stretches of reading, oldest first."""
        with tenant(self.account.pk):
            return list(ImportRun.objects.filter(account=self.account).order_by("pk"))

    def state(self, name: str) -> StreamState:
        return next(state for state in self.states if state.stream == name)

    def slice(self, name: str) -> None:
        """One slice of one list."""
        import_slice(self.account.pk, self.state(name).pk, clock=self.clock, sleep=self.clock.sleep)

    def step(self) -> bool:
        """One slice of every list that has something to read; answers whether any had."""
        streams = {stream.name: stream for stream in provider("stripe").connector.streams}
        busy = [state for state in self.states if next_window(state, streams[state.stream], self.clock())]
        for state in self.order(busy):
            import_slice(self.account.pk, state.pk, clock=self.clock, sleep=self.clock.sleep)
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


@pytest.fixture(scope="session")
def young_world() -> World:
    """Give a shop that opened three weeks before."""
    return World(opened=date(2026, 2, 8))


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def faults() -> Faults:
    return Faults()


def serve(world: World, clock: Clock, faults: Faults, settings: Settings) -> Sandbox:
    """A server of that world, to which the provider's addresses lead."""
    sandbox = Sandbox(world=world, now=clock, stripe=Manner(per_second=10**6), faults=faults)
    address = {"API_URL": f"{sandbox.url}/stripe", "AUTH_URL": f"{sandbox.url}/stripe"}
    settings.PROVIDERS = {"stripe": settings.PROVIDERS["stripe"] | address}
    return sandbox


@pytest.fixture
def sandbox(world: World, clock: Clock, faults: Faults, settings: Settings) -> Iterator[Sandbox]:
    """Serve the shop."""
    with serve(world, clock, faults, settings) as sandbox:
        yield sandbox


@pytest.fixture
def young_sandbox(young_world: World, clock: Clock, faults: Faults, settings: Settings) -> Iterator[Sandbox]:
    """Serve the young shop."""
    with serve(young_world, clock, faults, settings) as sandbox:
        yield sandbox


@pytest.fixture
def owner_of() -> Callable[[Account], str]:
    """Give an account an owner; answers the address."""

    def make_owner(account: Account) -> str:
        person = make.user("olga")
        with tenant(account.pk):
            make.member(account, person, Role.OWNER)
        return person.email

    return make_owner


@pytest.fixture
def importer(db: None, sandbox: Sandbox, clock: Clock) -> Importer:
    return Importer(make.account(), clock)


@pytest.fixture
def young_importer(db: None, young_sandbox: Sandbox, clock: Clock) -> Importer:
    return Importer(make.account(), clock)
