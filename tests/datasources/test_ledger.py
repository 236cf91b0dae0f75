"""Posting: what arrives once is kept once, what changes keeps its past, what stays is not touched."""

import contextlib
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Account
from datasources.bookkeeping.rows import Row
from datasources.models import ChangedHour, Customer, DataSource, Superseded, Transaction
from datasources.services import ledger
from datasources.services.relatives import relatives
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> DataSource:
    return make.source(make.account())


def versions(account: Account) -> dict[str, str]:
    """External id → PostgreSQL's version of the row, which every write changes."""
    with tenant(account.pk), connection.cursor() as cursor:
        cursor.execute("SELECT external_id, xmin || ':' || ctid FROM datasources_transaction")
        return dict(cursor.fetchall())


def test_the_same_rows_again_write_nothing(shop: DataSource) -> None:
    drafts = [make.movement(lines="TEE 1 1000", customer="ann@example.com"), make.movement()]
    make.post(shop, *drafts)
    before = versions(shop.account)

    assert make.post(shop, *drafts) == ledger.Posted(new=0, changed=0)
    assert versions(shop.account) == before


def test_a_row_told_otherwise_keeps_its_old_version(shop: DataSource) -> None:
    make.post(shop, make.movement("10.00 EUR", external_id="a", status="pending"))
    later = make.NOW + timedelta(days=1)

    assert make.post(shop, make.movement("12.00 EUR", external_id="a"), now=later) == ledger.Posted(0, 1)
    with tenant(shop.account_id):
        old = Superseded.objects.get(account=shop.account)
        assert (old.amount, old.status, old.seen_from, old.seen_to) == (1000, "pending", make.NOW, later)
        assert Transaction.objects.get(account=shop.account).imported_at == later


def test_other_lines_alone_make_a_row_another(shop: DataSource) -> None:
    make.post(shop, make.movement(external_id="a", lines="TEE 1 1000"))
    make.post(shop, make.movement(external_id="a", lines="MUG 2 400,TEE 1 600"))

    with tenant(shop.account_id):
        row = Transaction.objects.get(account=shop.account)
        assert sorted(row.lines.values_list("product__sku", "quantity", "amount")) == [("MUG", 2, 400), ("TEE", 1, 600)]
        assert row.bookings.get().units == 3


def test_what_posting_hands_on_is_what_the_ledger_holds(shop: DataSource, monkeypatch: pytest.MonkeyPatch) -> None:
    handed: dict[int, Row] = {}
    monkeypatch.setattr("datasources.services.booking.book", lambda *_, written: handed.update(written))
    told: dict[str, Any] = {"fee": 31, "tax": 12, "order_ref": "O", "payment_ref": "P", "parent_ref": "R"}
    make.post(shop, make.movement(lines="TEE 1 1000,MUG 2 500", customer="ann@example.com", **told))
    make.post(shop, make.movement("-3.00 USD", kind="refund", provider_refs=("x", "y"), shipping=-1, discount=4))

    with tenant(shop.account_id):
        read = relatives(shop.account_id, handed)
    assert {row.id: _told(row) for row in read} == {key: _told(row) for key, row in handed.items()}


def _told(row: Row) -> dict[str, object]:
    return asdict(row) | {"provider_refs": list(row.provider_refs)}


def test_of_two_drafts_of_one_row_the_later_holds(shop: DataSource) -> None:
    make.post(shop, make.movement("10.00 EUR", external_id="a"), make.movement("11.00 EUR", external_id="a"))

    with tenant(shop.account_id):
        assert Transaction.objects.get(account=shop.account).amount == 1100


def test_one_person_is_one_customer_in_all_sources(shop: DataSource) -> None:
    make.post(shop, make.movement(customer="Ann@Example.com "))
    make.post(make.source(shop.account, "paypal"), make.movement(customer="ann@example.com"))

    with tenant(shop.account_id):
        assert Customer.objects.get(account=shop.account).email == "ann@example.com"


def test_customers_are_numbered_without_gaps(shop: DataSource) -> None:
    for names in (["ann", "bob"], ["bob", "cid", "dan"]):
        make.post(shop, *(make.movement(customer=f"{name}@example.com") for name in names))

    with tenant(shop.account_id):
        numbers = Customer.objects.filter(account=shop.account).order_by("number").values_list("number", flat=True)
        assert list(numbers) == [1, 2, 3, 4]


def test_old_and_new_hours_of_a_moved_row_are_noted(shop: DataSource) -> None:
    make.post(shop, make.movement(at="2026-01-30 10:59", external_id="a"))
    with tenant(shop.account_id):
        ChangedHour.objects.filter(account=shop.account).delete()
    make.post(shop, make.movement(at="2026-02-01 00:00", external_id="a"))

    with tenant(shop.account_id):
        hours = ChangedHour.objects.filter(account=shop.account).order_by("hour").values_list("hour", flat=True)
        assert [f"{hour:%d %H}" for hour in hours] == ["30 10", "01 00"]


def test_a_failure_leaves_neither_rows_nor_hours(shop: DataSource) -> None:
    with contextlib.suppress(RuntimeError), transaction.atomic():
        make.post(shop, make.movement(customer="ann@example.com"))
        raise RuntimeError

    with tenant(shop.account_id):
        assert not Transaction.objects.filter(account=shop.account).exists()
        assert not ChangedHour.objects.filter(account=shop.account).exists()
        assert not Customer.objects.filter(account=shop.account).exists()


@pytest.mark.rule("R2")
@pytest.mark.django_db(transaction=True)
def test_what_an_import_staged_leaves_no_statistics_for_others(shop: DataSource) -> None:
    make.post(shop, *(make.movement(customer=f"{name}@example.com") for name in ("ann", "bob")))

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relpersistence = 't'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM pg_stats WHERE schemaname LIKE 'pg_temp%'")
        assert cursor.fetchone() == (0,)
