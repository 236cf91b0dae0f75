"""Lists of random worlds: the product and the naive script say the same, of all sources, of some, and later."""

from collections.abc import Collection
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from analytics.management.printing import LISTS
from datasources.services.unlinking import unlink
from putler.tenancy import tenant
from tests import make
from tests.agreement.books import Books
from tests.naive.lists import compute_lists
from tests.naive.worlds import changed, random_world

pytestmark = pytest.mark.django_db

SEEDS = range(14)


def differences(books: Books, sources: Collection[str] | None = None, unlinked: Collection[str] = ()) -> list[str]:
    """The lists on which the two disagree."""
    world = books.world
    expected = compute_lists(
        world.ledger, world.rates, base=world.base, zone=world.zone, start=world.start, end=world.end,
        sources=None if sources is None else frozenset(sources), unlinked=frozenset(unlinked),
    )  # fmt: skip
    expected["migration"] = {
        f"{old or '-'} > {new}": count for (old, new), count in expected["migration"].items() if new
    }
    query = books.query(sources)
    with tenant(books.account.pk):
        told = {name: LISTS[name](query) for name in expected}
    return [f"{name}: {plain(expected[name])} but {told[name]}" for name in told if told[name] != plain(expected[name])]


def plain(value: Any) -> Any:
    """A value as the command prints it."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return f"{value:f}" if isinstance(value, Decimal) else value


@pytest.mark.parametrize("seed", SEEDS)
def test_lists_of_a_world_and_its_later_state_are_computed_alike(seed: int) -> None:
    books = Books.open(random_world(seed))
    assert differences(books) == []

    later = Books(changed(books.world, seed), books.account)
    later.take(later.world.ledger)
    chosen = Random(seed).sample(later.world.sources, 3)

    assert differences(later) == []
    assert differences(later, chosen) == []


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_lists_know_nothing_of_an_unlinked_source(seed: int) -> None:
    books = Books.open(random_world(seed))
    gone = Random(seed).choice(books.world.sources)
    unlink(source=books.source(gone), now=make.NOW)
    books.follow()

    assert differences(books, unlinked=[gone]) == []
