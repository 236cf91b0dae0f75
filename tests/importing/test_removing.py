"""Removing a source leaves nothing of it, and of the others everything."""

from typing import Any

import pytest
from django.apps import apps
from django.db.models import F

from accounts.models import Account
from analytics.models import RollupTotal
from compliance import purging
from datasources.connectors.base import CustomerRecordDraft, DetailDraft
from datasources.models import Booking, ChangedHour, Customer, DataSource, Product, Transaction
from datasources.services import reconciling, removing, unlinking
from putler.tenancy import TenantForeignKey, tenant
from tests import make
from tests.datasources import told
from tests.importing.conftest import NOON, Importer

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> DataSource:
    """A shop of the same account whose orders the gateway's sales may be."""
    return make.source(make.account(), "shop", kind="store")


@pytest.fixture
def gateway(store: DataSource) -> DataSource:
    """A gateway that knows a customer of the shop's, and one of its own."""
    source = told.gateway(store.account)
    make.post(
        store,
        make.movement("110.00 USD", external_id="1001", payment_ref="ch_1", customer="ann@example.com"),
        make.movement("50.00 EUR", "2026-01-01 09:00", external_id="1002", customer="bob@example.com"),
    )
    told.post(source, *told.CORE, *told.AFTERMATH)
    return source


def remove(source: DataSource) -> None:
    unlinking.unlink(source=source, now=NOON)
    unlinking.delete_now(source=source, now=NOON)
    purging.purge_source(source.account_id, source.pk, clock=lambda: NOON)


def left_of(account: Account, source_id: int) -> dict[str, int]:
    """How many rows each table has that names the source."""
    found = {}
    with tenant(account.pk):
        for model in apps.get_app_config("datasources").get_models():
            for field in model._meta.local_fields:
                if isinstance(field, TenantForeignKey) and field.related_model is DataSource:
                    rows = model._default_manager.filter(account=account, **{field.name: source_id})
                    found[model.__name__] = rows.count()
    return found


def booked(source: DataSource) -> list[dict[str, Any]]:
    with tenant(source.account_id):
        rows = Booking.objects.filter(account_id=source.account_id, source=source)
        columns = [*told.BOOKED, "base_fee", "base_tax", "base_shipping", "base_discount"]
        return list(rows.order_by("occurred_at").values(*columns, name=F("transaction__external_id")))


def names(account: Account) -> set[str]:
    with tenant(account.pk):
        return set(Customer.objects.filter(account=account).values_list("key", flat=True))


def test_no_row_of_it_is_left(young_importer: Importer) -> None:
    account, pk = young_importer.account, young_importer.source.pk
    young_importer.run()
    reconciling.reconcile(account.pk, pk, now=NOON)
    before = left_of(account, pk)
    assert {name for name, rows in before.items() if not rows} <= {
        "HookEvent",
        "NotDuplicate",
        "OAuthState",
        "RefusedRecord",
    }
    remove(young_importer.source)

    assert set(left_of(account, pk).values()) == {0}
    with tenant(account.pk):
        assert not DataSource.objects.filter(account=account).exists()
        assert not Customer.objects.filter(account=account).exists()
        assert not Product.objects.filter(account=account).exists()


def test_others_count_as_if_it_had_never_been_there(store: DataSource, gateway: DataSource) -> None:
    with tenant(store.account_id):
        assert Booking.objects.filter(source=store).exclude(absent=None).exists()
    remove(gateway)

    alone = make.source(make.account(), "shop", kind="store")
    make.post(
        alone,
        make.movement("110.00 USD", external_id="1001", payment_ref="ch_1", customer="ann@example.com"),
        make.movement("50.00 EUR", "2026-01-01 09:00", external_id="1002", customer="bob@example.com"),
    )
    assert booked(store) == booked(alone)


def test_customers_who_own_nothing_else_are_gone(store: DataSource, gateway: DataSource) -> None:
    assert "guest@example.com" in names(store.account)
    told.post(
        gateway, CustomerRecordDraft("cus_7", "late@example.com"), CustomerRecordDraft("cus_7", "new@example.com")
    )
    told.post(gateway, CustomerRecordDraft("cus_7", "newer@example.com"))
    remove(gateway)

    assert names(store.account) == {"ann@example.com", "bob@example.com"}


def test_what_another_source_tells_of_a_customer_stays(store: DataSource, gateway: DataSource) -> None:
    other = told.gateway(store.account, "other")
    told.post(other, DetailDraft("ch_9", about="ch_9", email="guest@example.com"))
    told.post(other, CustomerRecordDraft("cus_9", "ann@example.com"))
    remove(gateway)
    told.post(other, told.moved("ch_9", 700))

    assert told.row(other, "ch_9")["customer__key"] == "guest@example.com"


def test_deleting_a_files_rows_leaves_what_a_provider_tells_of_its_buyers(store: DataSource) -> None:
    other = told.gateway(store.account, "other")
    told.post(other, DetailDraft("ch_9", about="ch_9", email="ann@example.com"))
    make.post(store, make.movement(external_id="1", customer="ann@example.com"))
    remove(store)
    told.post(other, told.moved("ch_9", 700))

    assert told.row(other, "ch_9")["customer__key"] == "ann@example.com"


def test_killed_in_the_middle_and_begun_again_it_ends_the_same(
    young_importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    young_importer.run()
    account, source = young_importer.account, young_importer.source
    monkeypatch.setattr(removing, "BATCH", 50)
    with tenant(account.pk):
        rows = Transaction.objects.filter(account=account, source=source)
        count = rows.count()
    assert removing.remove_rows(rows, account.pk, with_files=True)
    assert left_of(account, source.pk)["Transaction"] == count - 50
    remove(source)
    assert purging.purge_source(account.pk, source.pk, clock=lambda: NOON) is None

    assert set(left_of(account, source.pk).values()) == {0}
    assert not names(account)


def test_it_is_out_of_every_figure_at_once(store: DataSource, gateway: DataSource) -> None:
    unlinking.unlink(source=gateway, now=NOON)

    with tenant(store.account_id):
        assert list(store.account.sources.filter(unlinked_at=None)) == [store]
        assert not gateway.credentials.exists()


def test_its_hours_are_noted_so_that_the_figures_follow(young_importer: Importer) -> None:
    young_importer.run()
    account = young_importer.account
    make.follow(account)
    with tenant(account.pk):
        assert RollupTotal.objects.filter(account=account).exists()
        assert not ChangedHour.objects.filter(account=account).exists()
    remove(young_importer.source)
    make.follow(account)

    with tenant(account.pk):
        assert not any(RollupTotal.objects.filter(account=account).values_list("orders", flat=True))


def test_a_source_that_is_linked_is_never_deleted(store: DataSource) -> None:
    make.post(store, make.movement())
    purging.purge_source(store.account_id, store.pk, clock=lambda: NOON)

    assert left_of(store.account, store.pk)["Transaction"] == 1
