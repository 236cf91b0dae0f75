"""Three computations of random worlds: rollups, rows and the naive script say the same, before and after changes."""

from random import Random

import pytest

from analytics import verifying
from tests.agreement.books import Books
from tests.naive import metrics as naive
from tests.naive.worlds import World, changed, random_world

pytestmark = pytest.mark.django_db

SEEDS = range(60)
EXPLAINED = ("gross_sales", "net_sales", "orders", "fees", "units", "failed_orders")


def subset(world: World, seed: int) -> frozenset[str]:
    """Some of the world's sources."""
    rng = Random(seed)
    return frozenset(rng.sample(world.sources, rng.randint(1, len(world.sources))))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_world_and_its_later_state_are_computed_alike_by_all(seed: int) -> None:
    books = Books.open(random_world(seed))
    assert books.differences() == []

    later = Books(changed(books.world, seed), books.account)
    later.take(later.world.ledger)

    assert later.differences() == []
    assert later.differences(subset(later.world, seed)) == []


@pytest.mark.parametrize("seed", SEEDS[:12])
def test_the_rows_behind_a_figure_are_those_of_the_naive_script(seed: int) -> None:
    books = Books.open(random_world(seed))
    world, chosen = books.world, subset(books.world, seed)
    for slug in EXPLAINED:
        wanted = naive.rows_behind(
            slug, world.ledger, world.rates, base=world.base, zone=world.zone, start=world.start, end=world.end,
            sources=chosen,
        )  # fmt: skip
        assert books.rows_behind(slug, books.query(chosen)) == wanted, slug


@pytest.mark.parametrize("seed", SEEDS[:6])
def test_rollups_hold_nothing_that_the_bookings_do_not(seed: int) -> None:
    books = Books.open(random_world(seed))
    later = Books(changed(books.world, seed), books.account)
    later.take(later.world.ledger)

    assert verifying.verify(books.account.pk, now=books.query().now) == []
