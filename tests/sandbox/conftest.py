"""A sandbox of which the clock stands still, shared by the tests that only read."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

import pytest

from datasources.sandbox.dialects.stripe import Manner
from datasources.sandbox.server import Sandbox
from datasources.sandbox.world.facts import Facts
from datasources.sandbox.world.shop import World
from tests.sandbox.client import Client

NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    """The shop as it is by default."""
    return World()


@pytest.fixture(scope="session")
def facts(world: World) -> Facts:
    """What happened there up to NOW, and on the rest of that day."""
    return world.grow(NOW)


@pytest.fixture(scope="session")
def sandbox(world: World) -> Iterator[Sandbox]:
    """The shop over HTTP, with no limit of requests to speak of."""
    with Sandbox(world=world, now=lambda: NOW, stripe=Manner(per_second=10**9)) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def young() -> Iterator[Sandbox]:
    """A shop of four months, for what reads all of it slowly."""
    with Sandbox(
        world=World(opened=date(2026, 7, 20)),
        now=lambda: NOW,
        stripe=Manner(per_second=10**9),
    ) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    """A reader with a standing key."""
    return Client(f"{sandbox.url}/stripe")
