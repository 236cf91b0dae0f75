"""Pairs across sources, as the merchant sees and corrects them."""

import pytest
from django.test import Client

from accounts.models import Account, Role
from datasources.models import ChangedHour, DataSource, DuplicateLink, Transaction
from datasources.services import duplicates, unlinking
from putler.tenancy import tenant
from tests import make
from tests.make import NOW, movement

pytestmark = [pytest.mark.django_db, pytest.mark.rule("E8")]
AT, NEAR = "2026-01-30 10:00", "2026-01-30 11:04"


@pytest.fixture
def store() -> DataSource:
    return make.source(make.account(), "shop", kind="store")


@pytest.fixture
def gateway(store: DataSource) -> DataSource:
    return make.source(store.account, "gateway")


@pytest.fixture
def owner(store: DataSource, client: Client) -> Client:
    alice = make.user("alice")
    make.member(store.account, alice, Role.OWNER)
    client.force_login(alice)
    return client


def sold(source: DataSource, ref: str, at: str = AT, **fields: str) -> None:
    make.post(source, movement("20.00 EUR", at, external_id=ref, **({"customer": "ann@example.com"} | fields)))


def row(source: DataSource, ref: str) -> Transaction:
    with tenant(source.account_id):
        return Transaction.objects.get(source=source, external_id=ref)


def links(account: Account) -> list[tuple[str, str | None]]:
    with tenant(account.pk):
        found = DuplicateLink.objects.order_by("pk")
        return list(found.values_list("store_row__external_id", "gateway_row__external_id"))


def counting(account: Account) -> set[str]:
    """The rows that count while all sources are in view."""
    with tenant(account.pk):
        return set(account.bookings.filter(absent=None).values_list("transaction__external_id", flat=True))


def say(client: Client, store: Transaction, gateway: Transaction, verdict: str) -> str:
    form = {"gateway": str(gateway.public_id), "verdict": verdict}
    return str(client.post(f"/sources/duplicates/{store.public_id}/", form, follow=True).content.decode())


def test_a_pair_is_listed_with_its_reason(owner: Client, store: DataSource, gateway: DataSource) -> None:
    sold(store, "1001", payment_ref="ch_1")
    sold(gateway, "ch_1")

    page = owner.get("/sources/duplicates/").content.decode()

    assert "The shop names this payment" in page
    assert page.index("1001") < page.index("ch_1")


def test_taken_apart_both_count_and_both_hours_follow(owner: Client, store: DataSource, gateway: DataSource) -> None:
    sold(store, "1001", AT, payment_ref="ch_1")
    sold(gateway, "ch_1", NEAR)
    make.follow(store.account)
    assert counting(store.account) == {"ch_1"}

    page = say(owner, row(store, "1001"), row(gateway, "ch_1"), "apart")

    assert "These count as two payments now." in page
    assert "Join again" in page
    assert (links(store.account), counting(store.account)) == ([], {"1001", "ch_1"})
    with tenant(store.account_id):
        assert {hour.hour for hour in ChangedHour.objects.values_list("hour", flat=True)} == {10, 11}


def test_it_is_remembered_when_both_are_told_again(owner: Client, store: DataSource, gateway: DataSource) -> None:
    sold(store, "1001", payment_ref="ch_1")
    sold(gateway, "ch_1")
    say(owner, row(store, "1001"), row(gateway, "ch_1"), "apart")
    with tenant(store.account_id):
        Transaction.objects.all().delete()

    sold(gateway, "ch_1")
    sold(store, "1001", payment_ref="ch_1")

    assert links(store.account) == []
    assert counting(store.account) == {"1001", "ch_1"}


def test_joined_again_they_count_once(owner: Client, store: DataSource, gateway: DataSource) -> None:
    sold(store, "1001", payment_ref="ch_1")
    sold(gateway, "ch_1")
    pair = row(store, "1001"), row(gateway, "ch_1")
    say(owner, *pair, "apart")
    say(owner, *pair, "join")

    assert links(store.account) == [("1001", "ch_1")]
    assert counting(store.account) == {"ch_1"}


def test_of_several_that_fit_one_that_is_ruled_out_leaves_the_other(
    owner: Client, store: DataSource, gateway: DataSource
) -> None:
    sold(store, "1001")
    sold(gateway, "ch_1")
    sold(gateway, "ch_2", "2026-01-30 10:05")
    page = owner.get("/sources/duplicates/").content.decode()
    assert page.count("One of several that fit") == 2

    say(owner, row(store, "1001"), row(gateway, "ch_1"), "apart")

    assert links(store.account) == [("1001", "ch_2")]


def test_pairs_with_an_unlinked_source_are_not_shown(owner: Client, store: DataSource, gateway: DataSource) -> None:
    sold(store, "1001", payment_ref="ch_1")
    sold(gateway, "ch_1")
    unlinking.unlink(source=gateway, now=NOW)

    page = owner.get("/sources/duplicates/").content.decode()

    assert "No duplicates" in page
    assert "ch_1" not in page


@pytest.mark.parametrize(("kind", "ref"), [("gateway", "ch_2"), ("store", "2002")])
def test_a_choice_that_only_an_unlinked_source_leaves_is_none(
    owner: Client, store: DataSource, gateway: DataSource, kind: str, ref: str
) -> None:
    other = make.source(store.account, "other", kind=kind)
    for source, name in ((store, "1001"), (gateway, "ch_1"), (other, ref)):
        sold(source, name)
    assert "One of several that fit" in owner.get("/sources/duplicates/").content.decode()

    unlinking.unlink(source=other, now=NOW)
    assert "No duplicates" in owner.get("/sources/duplicates/").content.decode()

    unlinking.restore(source=other, now=NOW)
    assert "One of several that fit" in owner.get("/sources/duplicates/").content.decode()


def test_a_pair_costs_as_many_queries_as_twenty(
    owner: Client, store: DataSource, gateway: DataSource, django_assert_num_queries: object
) -> None:
    for number in range(20):
        sold(store, f"10{number}", payment_ref=f"ch_{number}")
        sold(gateway, f"ch_{number}")
    with tenant(store.account_id), django_assert_num_queries(1):  # type: ignore[operator]
        assert len([duplicates.match_of(link) for link in duplicates.linked(store.account)]) == 20
