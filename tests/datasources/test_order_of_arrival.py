"""Different lists know different things about one movement; in which order they arrive makes no difference."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from datasources.connectors.base import Draft
from datasources.models import DataSource
from tests.database import kept_rows
from tests.datasources.told import AFTERMATH, CORE, facts, gateway, post, post_each

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ALL = (*CORE, *AFTERMATH)


def shuffled(seed: int) -> list[Draft]:
    return random.Random(seed).sample(ALL, len(ALL))


@pytest.fixture(scope="module")
def at_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Any]]:
    """What comes out where all is told in one piece."""
    with kept_rows(django_db_blocker):
        source = gateway()
        post(source, *ALL)
        yield facts(source)


def outcomes(source: DataSource, drafts: tuple[Draft, ...]) -> list[dict[str, Any]]:
    """What comes out in each order of the drafts; orders that begin alike are posted once as far as they are."""
    if not drafts:
        return [facts(source)]
    found = []
    for draft in drafts:
        with transaction.atomic():
            post(source, draft)
            found += outcomes(source, tuple(other for other in drafts if other is not draft))
            transaction.set_rollback(True)
    return found


def test_a_sale_comes_out_the_same_in_each_of_120_orders() -> None:
    told = outcomes(gateway(), CORE)

    assert len(told) == 120
    keys = [key for other in told for each in other["rows"] if (key := each["customer__key"])]
    assert keys == ["ann@example.com"] * 120
    assert all(other == told[0] for other in told)


@pytest.mark.parametrize("seed", range(20))
def test_a_sale_and_its_aftermath_come_out_the_same_in_any_order(at_once: dict[str, Any], seed: int) -> None:
    assert facts(post_each(gateway(), shuffled(seed))) == at_once


@pytest.mark.parametrize("seed", range(8))
def test_pages_in_any_cut_and_order_and_all_of_them_twice(at_once: dict[str, Any], seed: int) -> None:
    in_pages = gateway()
    records = shuffled(seed)
    pages = [records[at : at + 1 + seed % 5] for at in range(0, len(records), 1 + seed % 5)]
    for page in [*pages, *random.Random(seed).sample(pages, len(pages))]:
        post(in_pages, *page)

    assert facts(in_pages) == at_once


def test_everything_told_again_changes_nothing() -> None:
    source = gateway()
    post(source, *ALL)

    assert post(source, *ALL) == (0, 0)
