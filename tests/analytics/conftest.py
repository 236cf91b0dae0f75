"""A shop, in whose tenant every test runs."""

from collections.abc import Iterator

import pytest

from putler.tenancy import tenant
from tests.analytics.make import Shop


@pytest.fixture
def shop(db: None) -> Iterator[Shop]:
    """A shop in Berlin that counts in euros."""
    shop = Shop()
    with tenant(shop.account.pk):
        yield shop
