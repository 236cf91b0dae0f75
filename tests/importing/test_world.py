"""What is imported adds up to what the shop itself says it earned, in whatever order its lists are read."""

import random
from collections.abc import Callable
from datetime import date

import pytest

from datasources.models import StreamState
from datasources.sandbox.world.shop import World
from tests.importing.conftest import Clock, Importer
from tests.importing.sums import imported_sums, own_sums

pytestmark = pytest.mark.slow

RANGES = [
    (date(2025, 9, 1), date(2026, 3, 1)),
    (date(2025, 12, 1), date(2025, 12, 31)),
    (date(2026, 2, 14), date(2026, 2, 14)),
]
ORDERS: dict[str, Callable[[list[StreamState]], list[StreamState]]] = {
    "as declared": list,
    "reversed": lambda states: states[::-1],
    "shuffled": lambda states: random.Random(7).sample(states, len(states)),
}


@pytest.mark.parametrize("order", ORDERS)
def test_every_sum_is_the_shops_own(importer: Importer, world: World, clock: Clock, order: str) -> None:
    importer.order = ORDERS[order]
    importer.run()

    for days in RANGES:
        assert imported_sums(importer.account, days) == own_sums(world, importer.account, days, now=clock()), days


def test_what_happens_later_is_read_later(young_importer: Importer, young_world: World, clock: Clock) -> None:
    young_importer.run()
    days = (date(2026, 2, 8), date(2026, 5, 1))
    for _ in range(8):
        clock.forward(days=5)
        young_importer.run()

    assert imported_sums(young_importer.account, days) == own_sums(
        young_world, young_importer.account, days, now=clock()
    )
