"""The setting that opens an account lives for one transaction: nothing of it reaches the next, however that ends."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.test import RequestFactory

from accounts.access import account_required
from accounts.models import Account, Role, User
from accounts.sessions import SessionStore
from datasources.models import DataSource
from putler import tenancy
from putler.tenancy import TenantError, tenant
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R3")]


def setting() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nullif(current_setting('app.account_id', true), '')")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


@account_required(role=Role.VIEWER)
def view(request: HttpRequest) -> HttpResponse:
    if request.GET:
        raise LookupError
    return HttpResponse(setting())


@pytest.fixture
def request_of_bob(bob: User) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user, request.session = bob, SessionStore()
    return request


def test_a_request_is_inside_its_account_and_leaves_nothing_behind(request_of_bob: HttpRequest, ours: Account) -> None:
    assert view(request_of_bob).content == str(ours.pk).encode()
    assert setting() is None


def test_a_failing_request_leaves_nothing_behind(request_of_bob: HttpRequest) -> None:
    request_of_bob.GET = QueryDict("fail=1")

    with pytest.raises(LookupError):
        view(request_of_bob)

    assert setting() is None


def test_a_database_error_leaves_nothing_behind(ours: Account) -> None:
    with pytest.raises(DatabaseError), tenant(ours.pk), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")

    assert setting() is None


def test_a_caught_database_error_keeps_the_account(ours: Account) -> None:
    with tenant(ours.pk):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

        assert setting() == str(ours.pk)


def test_the_same_account_may_be_entered_again(ours: Account) -> None:
    with tenant(ours.pk):
        with tenant(ours.pk):
            pass

        assert setting() == str(ours.pk)
    assert setting() is None


def test_another_account_cannot_be_entered_from_inside(ours: Account, theirs: Account) -> None:
    with tenant(ours.pk):
        with pytest.raises(TenantError), tenant(theirs.pk):
            pytest.fail("We are in.")

        assert setting() == str(ours.pk)


def test_the_door_closes_inside_an_outer_transaction(ours: Account, theirs: Account) -> None:
    with transaction.atomic():
        with tenant(ours.pk):
            pass

        assert setting() is None
        with tenant(theirs.pk):
            assert setting() == str(theirs.pk)


def test_what_is_read_after_the_door_closed_is_empty(ours: Account) -> None:
    make.source(ours)
    with tenant(ours.pk):
        lazy = ours.sources.all()

    assert list(lazy) == []


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_transaction_closes_the_door_by_itself(ours: Account) -> None:
    with transaction.atomic():
        tenancy._set(str(ours.pk))
        assert setting() == str(ours.pk)

    assert setting() is None


@pytest.mark.django_db(transaction=True)
def test_two_thousand_switches_over_one_kept_connection_never_show_the_wrong_account() -> None:
    accounts = [make.account(name) for name in ("Alice’s", "Charlie’s")]
    for account in accounts:
        make.source(account, name=account.name)
    server = connection.connection.info.backend_pid

    for number in range(2000):
        account = accounts[number % 2]
        with tenant(account.pk):
            assert [source.name for source in DataSource.objects.all()] == [account.name]

    assert setting() is None
    assert connection.connection.info.backend_pid == server
