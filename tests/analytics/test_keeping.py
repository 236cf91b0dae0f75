"""Pages that are kept: found while they say the truth, and at no other time."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Membership, Role
from analytics import keeping, rollups
from analytics.models import KeptPage
from datasources.models import DataSource
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db
PAST = "/?from=2026-01-01&to=2026-01-31"
LATER = datetime(2026, 3, 2, tzinfo=UTC)
KEPT_QUERIES = 9  # session, user, membership, account, the wall around it, and the page


@pytest.fixture
def account() -> Account:
    return make.account()


@pytest.fixture
def source(account: Account) -> DataSource:
    return make.source(account)


@pytest.fixture
def sell(account: Account, source: DataSource) -> Callable[[str], None]:
    """Post a sale and bring the figures up to date."""

    def sold(amount: str) -> None:
        make.post(source, make.movement(amount))
        rollups.drain(account.pk, now=LATER)

    return sold


@pytest.fixture
def read(account: Account, client: Client) -> Callable[[str], str]:
    """What a page keeps, for the account's owner."""
    owner = make.user("alice")
    make.member(account, owner, Role.OWNER)
    client.force_login(owner)
    return lambda path: client.get(path).content.decode().split('<div class="title">', 1)[1].split("</main>")[0]


@pytest.fixture
def kept(account: Account) -> Callable[[], int]:
    """Count the account's kept pages."""

    def count() -> int:
        with tenant(account.pk):
            return KeptPage.objects.filter(account=account).count()

    return count


def test_a_page_asked_for_again_is_the_same_and_costs_one_statement(
    read: Callable[[str], str], sell: Callable[[str], None]
) -> None:
    sell("10.00 EUR")
    first = read(PAST)
    with CaptureQueriesContext(connection) as queries:
        again = read(PAST)

    assert again == first
    assert len(queries) <= KEPT_QUERIES


def test_a_new_sale_is_seen_at_once(read: Callable[[str], str], sell: Callable[[str], None]) -> None:
    sell("10.00 EUR")
    assert "€10.00" in read(PAST)
    sell("7.00 EUR")

    assert "€17.00" in read(PAST)


def test_a_page_says_that_changes_are_being_added_up(
    read: Callable[[str], str], sell: Callable[[str], None], source: DataSource
) -> None:
    sell("10.00 EUR")
    read(PAST)
    make.post(source, make.movement("7.00 EUR"))

    assert "Changes are being added up" in read(PAST)


def test_a_new_name_of_a_source_is_seen_at_once(
    read: Callable[[str], str], sell: Callable[[str], None], source: DataSource
) -> None:
    sell("10.00 EUR")
    read(PAST)
    with tenant(source.account_id):
        DataSource.objects.filter(account_id=source.account_id, pk=source.pk).update(name="Till")

    assert "Till" in read(PAST)


def test_nothing_kept_outlives_its_figures(
    read: Callable[[str], str], sell: Callable[[str], None], kept: Callable[[], int]
) -> None:
    sell("10.00 EUR")
    read(PAST)
    assert kept() == 1
    sell("7.00 EUR")

    assert kept() == 0


def test_what_depends_on_more_than_the_figures_is_not_kept(
    read: Callable[[str], str], sell: Callable[[str], None], kept: Callable[[], int]
) -> None:
    sell("10.00 EUR")
    for address in ("&currency=EUR", "&compare=never"):
        read(PAST + address)

    assert kept() == 0


def test_a_member_who_sees_some_sources_gets_no_page_of_one_who_sees_all(
    account: Account, read: Callable[[str], str], sell: Callable[[str], None], client: Client
) -> None:
    sell("10.00 EUR")
    other = make.source(account, "till")
    assert "€10.00" in read(PAST)
    bob = make.user("bob")
    Membership.objects.create(account=account, user=bob, role=Role.VIEWER, sources=[other.pk])
    client.force_login(bob)

    assert "€10.00" not in read(PAST)


def test_other_addresses_have_pages_of_their_own(
    read: Callable[[str], str], sell: Callable[[str], None], kept: Callable[[], int]
) -> None:
    sell("10.00 EUR")
    pages = {read(PAST + more) for more in ("", "&compare=none", "&compare=year")}

    assert len(pages) == kept() == 3


def test_an_account_keeps_so_many_pages_and_no_more(
    read: Callable[[str], str],
    sell: Callable[[str], None],
    kept: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping, "MOST", 2)
    sell("10.00 EUR")
    for day in range(1, 6):
        read(f"/?from=2026-01-0{day}&to=2026-01-31")

    assert kept() == 2
