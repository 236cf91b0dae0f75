"""Three computations of random worlds: rollups, rows and the naive script say the same, before and after changes."""

from collections.abc import Iterator
from random import Random

import pytest
from pytest_django import DjangoDbBlocker

from analytics import verifying
from tests.agreement.books import Books
from tests.database import kept_rows
from tests.naive import metrics as naive
from tests.naive.worlds import World, changed, random_world

pytestmark = pytest.mark.django_db

SEEDS = range(40)
EXPLAINED = ("gross_sales", "net_sales", "orders", "fees", "units", "failed_orders")


@pytest.fixture(scope="module")
def books(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Books]:
    """The world of a seed, opened once for all that is asked of it."""
    with kept_rows(django_db_blocker):
        yield Books.open(random_world(request.param))


def subset(world: World, seed: int) -> frozenset[str]:
    """Some of the world's sources."""
    rng = Random(seed)
    return frozenset(rng.sample(world.sources, rng.randint(1, len(world.sources))))


def changed_books(books: Books, seed: int) -> Books:
    """The same account after the next file."""
    later = Books(changed(books.world, seed), books.account)
    later.take(later.world.ledger)
    return later


@pytest.mark.parametrize(("books", "seed"), [(seed, seed) for seed in SEEDS], indirect=["books"])
def test_the_later_state_of_a_world_is_computed_alike_by_all(books: Books, seed: int) -> None:
    later = changed_books(books, seed)

    assert later.differences() == []
    assert later.differences(subset(later.world, seed)) == []


@pytest.mark.parametrize(("books", "seed"), [(seed, seed) for seed in SEEDS[:12]], indirect=["books"])
def test_the_rows_behind_a_figure_are_those_of_the_naive_script(books: Books, seed: int) -> None:
    assert books.differences() == []
    world, chosen = books.world, subset(books.world, seed)
    for slug in EXPLAINED:
        wanted = naive.rows_behind(
            slug, world.ledger, world.rates, base=world.base, zone=world.zone, start=world.start, end=world.end,
            sources=chosen,
        )  # fmt: skip
        assert books.rows_behind(slug, books.query(chosen)) == wanted, slug


@pytest.mark.parametrize(("books", "seed"), [(seed, seed) for seed in SEEDS[:6]], indirect=["books"])
def test_rollups_hold_nothing_that_the_bookings_do_not(books: Books, seed: int) -> None:
    changed_books(books, seed)

    assert verifying.verify(books.account.pk, now=books.query().now) == []
