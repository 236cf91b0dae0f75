"""One customer is forgotten: nothing tells any more who they are, no sum changes, and no import brings them back."""

from dataclasses import replace

import pytest
from django.db.models import Model

from accounts.models import Account
from datasources.connectors.base import CustomerDraft, CustomerRecordDraft, Draft
from datasources.models import (
    VEIL,
    Booking,
    Customer,
    CustomerIdentity,
    DataSource,
    Detail,
    Exclusion,
    Transaction,
)
from datasources.services import excluding, forgetting, rebooking
from datasources.services.shielding import veil_of
from putler.tenancy import tenant
from tests import make
from tests.agreement.books import Books
from tests.agreement.test_golden import Rows, world
from tests.datasources.told import AFTERMATH, CORE, gateway, post
from tests.make import NOW, movement

pytestmark = [pytest.mark.django_db, pytest.mark.rule("E5")]
ACCOUNT = "berlin_eur"
BO = "bo@example.com"
TELLING: tuple[type[Model], ...] = (Customer, CustomerIdentity, Transaction, Booking, Detail)


def forget(account: Account, words: str) -> set[int]:
    with tenant(account.pk):
        ids = forgetting.sought(account.pk, words)
    assert ids
    forgetting.forget(account.pk, ids, now=NOW)
    return ids


def story(account: Account) -> str:
    """All that is kept about movements and customers, as text."""
    with tenant(account.pk):
        return "\n".join(
            sorted(f"{model.__name__} {one}" for model in TELLING for one in model._default_manager.values_list())
        )


def test_every_figure_is_what_it_was_and_stays_so_when_the_same_file_comes_again() -> None:
    books = Books.open(world(ACCOUNT))
    veil = veil_of(books.account.pk, BO)

    def without(rows: Rows) -> Rows:
        is_bo = [row["customer"].lower() == BO for row in rows]
        return [
            row | {"customer": veil, "country": ""} if is_his else row for row, is_his in zip(rows, is_bo, strict=True)
        ]

    forget(books.account, " Bo@Example.com ")
    books.follow()
    expected = Books(world(ACCOUNT, without), books.account)
    assert expected.differences() == []
    assert BO not in story(books.account)
    erased = story(books.account)

    books.take(world(ACCOUNT).ledger)

    assert story(books.account) == erased
    assert expected.differences() == []


def told_in_full() -> DataSource:
    source = gateway()
    post(source, *CORE, *AFTERMATH)
    return source


@pytest.mark.parametrize("words", ["ann@example.com", "cus_1"])
def test_lists_that_are_read_again_tell_nothing_of_them(words: str) -> None:
    source = told_in_full()
    with tenant(source.account_id):
        before = Booking.objects.filter(customer__email="ann@example.com").count()
        [customer] = forgetting.sought(source.account_id, words)
    forget(source.account, words)
    erased = story(source.account)
    assert not [word for word in ("ann@example.com", "'Ann'", "cus_1", "'DE'") if word in erased.replace('"', "'")]

    changed: list[Draft] = [*CORE, *AFTERMATH, CustomerRecordDraft("cus_1", "new@example.com", "Ann B", "AT")]
    posted = post(source, *changed)

    assert (posted.new, posted.changed) == (0, 0)
    assert story(source.account) == erased
    with tenant(source.account_id):
        assert Booking.objects.filter(customer=customer).count() == before > 0
        assert Customer.objects.get(pk=customer).is_erased


def test_they_are_the_same_customer_in_another_source_and_in_movements_to_come() -> None:
    account = make.account()
    shop = make.source(account, "shop")
    make.post(shop, movement(customer="ann@example.com", country="DE"))
    [customer] = forget(account, "ann@example.com")

    make.post(make.source(account, "other"), movement(customer="Ann@example.com", country="DE"))
    make.post(shop, movement(customer="ann@example.com", country="FR"))

    with tenant(account.pk):
        assert list(Transaction.objects.values_list("customer", "country")) == [(customer, None)] * 3


def test_who_was_never_told_of_is_shut_out_beforehand() -> None:
    account = make.account()
    with tenant(account.pk):
        digest = veil_of(account.pk, "ann@example.com").removeprefix(VEIL)
        forgetting.shut_out(account.pk, [digest], now=NOW)
    make.post(make.source(account), movement(customer="ann@example.com", country="DE"), movement(customer=BO))

    assert "ann@example.com" not in story(account)
    assert BO in story(account)


@pytest.mark.parametrize("rule", ["ann@example.com", "example.com"])
def test_who_counted_nowhere_still_does(rule: str) -> None:
    account, alice = make.account(), make.user("alice")
    make.post(make.source(account), movement(customer="ann@example.com"), movement(customer="bo@example.org"))
    with tenant(account.pk):
        excluding.exclude(account, rule, by=alice)
    rebooking.rebook_slice(account.pk)

    forget(account, "ann@example.com")

    with tenant(account.pk):
        assert Booking.objects.count() == 1
        assert "ann@example.com" not in set(Exclusion.objects.values_list("value", flat=True))


def test_another_account_keeps_and_may_import_its_own() -> None:
    mine, theirs = make.account(), make.account("Another shop")
    for account in (mine, theirs):
        make.post(make.source(account), movement(customer="ann@example.com"))
    forget(mine, "ann@example.com")
    make.post(make.source(theirs, "other"), movement(customer="ann@example.com"))

    assert "ann@example.com" in story(theirs)
    with tenant(theirs.pk):
        assert set(Transaction.objects.values_list("customer__email", flat=True)) == {"ann@example.com"}


def test_a_customer_without_an_address_is_found_by_the_providers_id() -> None:
    source = gateway()
    posted = [replace(movement(country="DE"), customer=CustomerDraft(None, "cus_9"))]
    post(source, *posted)
    known = forget(source.account, "cus_9")
    erased = story(source.account)

    assert post(source, *posted) == (0, 0)
    assert story(source.account) == erased
    assert "cus_9" not in erased
    assert forget(source.account, "cus_9") == known
