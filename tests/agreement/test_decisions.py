"""Customers left out, customers and products merged: the golden set, as if the file had said so, and back again."""

import csv
import io
from collections.abc import Callable

import pytest

from accounts.models import User
from datasources.models import Customer, Product
from datasources.services import excluding, merging, rebooking
from putler.tenancy import tenant
from tests import make
from tests.agreement.books import Books
from tests.agreement.test_golden import Rows, golden_differences, world

pytestmark = pytest.mark.django_db
ACCOUNT = "berlin_eur"


@pytest.fixture
def books() -> Books:
    return Books.open(world(ACCOUNT))


@pytest.fixture
def alice() -> User:
    return make.user("alice")


def decide(books: Books, deed: Callable[[], object]) -> None:
    """Do it, and let bookings and rollups follow."""
    with tenant(books.account.pk):
        deed()
    while rebooking.rebook_slice(books.account.pk):
        pass
    books.follow()


def differences(books: Books, change: Callable[[Rows], Rows]) -> list[str]:
    """Where the account differs from one whose file was another."""
    return Books(world(ACCOUNT, change), books.account).differences()


def without(*customers: str) -> Callable[[Rows], Rows]:
    return lambda rows: [row for row in rows if row["customer"].lower() not in customers]


def told(column: str, one: str, other: str) -> Callable[[Rows], Rows]:
    return lambda rows: [row | {column: row[column].replace(one, other)} for row in rows]


def customer(books: Books, key: str) -> Customer:
    return Customer.objects.get(account=books.account, key=f"{key}@example.com")


def product(books: Books, sku: str) -> Product:
    return Product.objects.get(account=books.account, sku=sku)


@pytest.mark.parametrize("key", ["bo", "gus", "kim"])
def test_who_is_left_out_counts_nowhere_until_taken_back(books: Books, alice: User, key: str) -> None:
    address = f"{key}@example.com"
    decide(books, lambda: excluding.exclude(books.account, address, by=alice))
    assert differences(books, without(address)) == []

    decide(books, lambda: excluding.include(books.account.exclusions.get(), by=alice))

    assert golden_differences(books, ACCOUNT) == []


def test_a_domain_leaves_out_all_of_its_customers(books: Books, alice: User) -> None:
    everybody = {row["customer"].lower() for row in world_rows()} - {""}
    decide(books, lambda: excluding.exclude(books.account, "@Example.com", by=alice))

    assert differences(books, without(*everybody)) == []


def test_merged_customers_are_one_until_parted(books: Books, alice: User) -> None:
    decide(books, lambda: merging.merge(customer(books, "cy"), into=customer(books, "ana"), by=alice))
    assert differences(books, told("customer", "cy@", "ana@")) == []

    decide(books, lambda: merging.part(customer(books, "cy"), by=alice))

    assert golden_differences(books, ACCOUNT) == []


def test_merged_products_are_one_until_parted(books: Books, alice: User) -> None:
    decide(books, lambda: merging.merge(product(books, "MUG"), into=product(books, "TEE"), by=alice))
    assert differences(books, told("lines", "MUG:", "TEE:")) == []

    decide(books, lambda: merging.part(product(books, "MUG"), by=alice))

    assert golden_differences(books, ACCOUNT) == []
    assert books.differences() == []


def test_imports_keep_what_was_decided(alice: User) -> None:
    books = Books.open(world(ACCOUNT, lambda rows: rows[:20]))
    decide(books, lambda: merging.merge(customer(books, "cy"), into=customer(books, "ana"), by=alice))
    decide(books, lambda: merging.merge(product(books, "MUG"), into=product(books, "TEE"), by=alice))
    decide(books, lambda: excluding.exclude(books.account, "bo@example.com", by=alice))

    books.take(world(ACCOUNT).ledger)

    changes = (without("bo@example.com"), told("customer", "cy@", "ana@"), told("lines", "MUG:", "TEE:"))
    assert differences(books, lambda rows: changes[2](changes[1](changes[0](rows)))) == []


def world_rows() -> Rows:
    return list(csv.DictReader(io.StringIO(world(ACCOUNT).ledger)))
