"""Different lists know different things about one movement; in which order they arrive makes no difference."""

import random
from itertools import permutations

import pytest

from datasources.connectors.base import Draft
from tests.datasources.told import AFTERMATH, CORE, facts, gateway, post, post_each

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ALL = (*CORE, *AFTERMATH)


def shuffled(seed: int) -> list[Draft]:
    return random.Random(seed).sample(ALL, len(ALL))


def test_a_sale_comes_out_the_same_in_each_of_120_orders() -> None:
    told = [facts(post_each(gateway(), order)) for order in permutations(CORE)]

    assert len(told) == 120
    keys = [key for other in told for each in other["rows"] if (key := each["customer__key"])]
    assert keys == ["ann@example.com"] * 120
    assert all(other == told[0] for other in told)


@pytest.mark.parametrize("seed", range(25))
def test_a_sale_and_its_aftermath_come_out_the_same_in_any_order(seed: int) -> None:
    in_one = gateway()
    post(in_one, *ALL)

    assert facts(post_each(gateway(), shuffled(seed))) == facts(in_one)


@pytest.mark.parametrize("seed", range(8))
def test_pages_in_any_cut_and_order_and_all_of_them_twice(seed: int) -> None:
    in_one, in_pages = gateway(), gateway()
    post(in_one, *ALL)
    records = shuffled(seed)
    pages = [records[at : at + 1 + seed % 5] for at in range(0, len(records), 1 + seed % 5)]
    for page in [*pages, *random.Random(seed).sample(pages, len(pages))]:
        post(in_pages, *page)

    assert facts(in_pages) == facts(in_one)


def test_everything_told_again_changes_nothing() -> None:
    source = gateway()
    post(source, *ALL)

    assert post(source, *ALL) == (0, 0)
