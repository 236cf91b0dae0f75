"""Files of transactions: all, the good lines or none, and nothing left behind when one goes."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from accounts.models import Account
from datasources import tasks
from datasources.models import Booking, Customer, DataSource, Line, Transaction, Upload, UploadState
from datasources.services import news, uploads
from putler.tenancy import TenantModel, tenant
from tests import make

pytestmark = pytest.mark.django_db

HEADER = "source,source_kind,external_id,kind,status,occurred_at,amount,currency,customer,payment_ref,lines\n"
ANN = "stripe,gateway,a,sale,settled,2026-01-05T10:00:00Z,10.00,EUR,ann@example.com,,TEE:1:10.00\n"
BOB = "stripe,gateway,b,sale,settled,2026-01-06T10:00:00Z,20.00,EUR,bob@example.com,,\n"
BAD = "stripe,gateway,c,sale,settled,yesterday,30.00,EUR,,,\n"
SHOP = "woo,store,w,sale,settled,2026-01-05T10:00:00Z,10.00,EUR,,a,\n"


@pytest.fixture
def account() -> Account:
    return make.account()


@pytest.fixture
def handed_in(account: Account, tmp_path: Path, settings: Settings) -> "HandIn":
    settings.UPLOADS = tmp_path
    return HandIn(account, tmp_path)


class HandIn:
    """Hands files in as the page does."""

    def __init__(self, account: Account, folder: Path) -> None:
        self.account, self.folder = account, folder

    def __call__(self, *lines: str, encoding: str = "utf-8") -> Upload:
        path = self.folder / f"{len(list(self.folder.iterdir()))}.csv"
        path.write_text("".join(lines), encoding=encoding)
        with tenant(self.account.pk):
            return Upload.objects.create(account=self.account, name="my.csv", path=str(path), preset="ledger")


def work_on(upload: Upload) -> Upload:
    tasks.work_on_upload(upload.account_id, upload.pk)
    with tenant(upload.account_id):
        upload.refresh_from_db()
    return upload


def count(model: type[TenantModel], account: Account) -> int:
    with tenant(account.pk):
        return model._default_manager.filter(account=account).count()


def test_a_clean_file_is_imported_at_once(account: Account, handed_in: HandIn) -> None:
    upload = work_on(handed_in(HEADER, ANN, BOB))

    assert (upload.state, upload.rows_new, count(Transaction, account)) == (UploadState.DONE, 2, 2)
    assert not Path(upload.path).exists()


def test_a_file_with_a_fault_imports_nothing_and_waits(account: Account, handed_in: HandIn) -> None:
    upload = work_on(handed_in(HEADER, ANN, BAD, BOB))

    assert (upload.state, upload.rows_good, upload.rows_refused) == (UploadState.WAITING, 2, 1)
    with tenant(account.pk):
        assert [record.line for record in upload.refused_records.all()] == [3]
    assert (count(Transaction, account), count(DataSource, account), count(Customer, account)) == (0, 0, 0)
    assert Path(upload.path).exists()


def test_its_good_lines_come_in_when_somebody_says_so(account: Account, handed_in: HandIn) -> None:
    upload = work_on(handed_in(HEADER, ANN, BAD))
    with tenant(account.pk):
        Upload.objects.filter(pk=upload.pk, account=account).update(state=UploadState.IMPORTING)

    assert (work_on(upload).state, count(Transaction, account)) == (UploadState.DONE, 1)


@pytest.mark.parametrize(
    ("text", "encoding"), [("", "utf-8"), ("a,b\n", "utf-8"), (HEADER + ANN, "utf-16"), (HEADER + '"open', "utf-8")]
)
def test_a_file_that_is_no_ledger_says_why(handed_in: HandIn, text: str, encoding: str) -> None:
    upload = work_on(handed_in(text, encoding=encoding))

    assert upload.state == UploadState.FAILED
    assert upload.message
    assert not Path(upload.path).exists()


def test_two_lines_that_contradict_each_other_are_refused_and_two_equal_ones_are_not(handed_in: HandIn) -> None:
    upload = work_on(handed_in(HEADER, ANN, ANN, ANN.replace("10.00", "11.00")))

    assert (upload.rows_good, upload.rows_refused) == (2, 1)


def test_a_source_cannot_be_of_two_kinds(account: Account, handed_in: HandIn) -> None:
    work_on(handed_in(HEADER, ANN))
    upload = work_on(handed_in(HEADER, BOB.replace("gateway", "store")))

    assert (upload.state, upload.rows_refused, count(Transaction, account)) == (UploadState.WAITING, 1, 1)


def test_a_killed_import_is_finished_by_its_repetition(
    account: Account, handed_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "SLICE", 1)
    upload = handed_in(HEADER, ANN, BOB, SHOP)
    monkeypatch.setattr(news, "tell", lambda _: _raise_at_the_second_call())
    calls: list[int] = []

    def _raise_at_the_second_call() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work_on(upload)
    assert 0 < count(Transaction, account) < 3
    assert (work_on(upload).rows_new, count(Transaction, account)) == (3, 3)


def test_deleting_a_files_rows_leaves_nothing_of_them(account: Account, handed_in: HandIn) -> None:
    upload = work_on(handed_in(HEADER, ANN, BOB))
    with tenant(account.pk):
        Upload.objects.filter(pk=upload.pk, account=account).update(state=UploadState.DELETING)
    tasks.work_on_upload(account.pk, upload.pk)

    assert [count(model, account) for model in (Transaction, Booking, Line, Customer, DataSource)] == [0] * 5
    assert count(Upload, account) == 0


def test_deleting_one_file_lets_the_others_rows_count_again(account: Account, handed_in: HandIn) -> None:
    gateway = work_on(handed_in(HEADER, ANN))
    work_on(handed_in(HEADER, SHOP))
    uploads.delete(gateway)

    with tenant(account.pk):
        assert Booking.objects.get(account=account).transaction.external_id == "w"
        assert [source.name for source in account.sources.all()] == ["woo"]


def test_a_file_outside_our_folder_is_never_removed(account: Account, handed_in: HandIn, tmp_path: Path) -> None:
    upload = handed_in(HEADER, ANN)
    elsewhere = tmp_path / "elsewhere" / "mine.csv"
    elsewhere.parent.mkdir()
    Path(upload.path).rename(elsewhere)
    with tenant(account.pk):
        Upload.objects.filter(pk=upload.pk, account=account).update(path=str(elsewhere))

    assert work_on(upload).state == UploadState.DONE
    assert elsewhere.exists()


def test_a_file_that_vanished_while_it_waited_says_so(account: Account, handed_in: HandIn) -> None:
    upload = work_on(handed_in(HEADER, ANN, BAD))
    Path(upload.path).unlink()
    with tenant(account.pk):
        Upload.objects.filter(pk=upload.pk, account=account).update(state=UploadState.IMPORTING)

    assert work_on(upload).state == UploadState.FAILED
    assert "no longer there" in upload.message


def test_a_late_check_does_not_undo_a_decision(account: Account, handed_in: HandIn) -> None:
    upload = handed_in(HEADER, ANN)
    with tenant(account.pk):
        Upload.objects.filter(pk=upload.pk, account=account).update(state=UploadState.DISCARDED)
    with pytest.raises(uploads.Overtaken):
        uploads.check(upload)

    assert work_on(upload).state == UploadState.DISCARDED


def test_the_sweep_rings_for_an_upload_whose_job_got_lost(account: Account, handed_in: HandIn) -> None:
    lost, _busy = handed_in(HEADER, ANN), handed_in(HEADER, BOB)
    with tenant(account.pk):
        long_ago = timezone.now() - timedelta(minutes=20)
        Upload.objects.filter(pk=lost.pk, account=account).update(touched_at=long_ago)
    tasks.sweep()

    assert [job.task["args"] for job in OrmQ.objects.all()] == [(account.pk, lost.pk)]


def test_an_upload_that_never_gets_on_fails_in_the_end(account: Account, handed_in: HandIn) -> None:
    lost = handed_in(HEADER, ANN)
    for _ in range(uploads.MOST_TRIES + 1):
        with tenant(account.pk):
            long_ago = timezone.now() - timedelta(minutes=20)
            Upload.objects.filter(pk=lost.pk, account=account).update(touched_at=long_ago)
        tasks.sweep()

    with tenant(account.pk):
        assert Upload.objects.get(account=account).state == UploadState.FAILED
    assert OrmQ.objects.count() == uploads.MOST_TRIES


def test_a_rung_upload_is_not_rung_again_at_once(account: Account, handed_in: HandIn) -> None:
    lost = handed_in(HEADER, ANN)
    with tenant(account.pk):
        Upload.objects.filter(pk=lost.pk, account=account).update(touched_at=timezone.now() - timedelta(minutes=20))
    tasks.sweep()
    tasks.sweep()

    assert OrmQ.objects.count() == 1


def test_a_file_waits_while_the_account_is_paused(account: Account, handed_in: HandIn) -> None:
    Account.objects.filter(pk=account.pk).update(trial_ends_at=timezone.now())
    upload = work_on(handed_in(HEADER, ANN, BOB))
    assert (upload.state, count(Transaction, account)) == (UploadState.CHECKING, 0)

    Account.objects.filter(pk=account.pk).update(trial_ends_at=None)

    assert work_on(upload).state == UploadState.DONE
    assert count(Transaction, account) == 2


def test_a_files_rows_are_deleted_while_the_account_is_paused(account: Account, handed_in: HandIn) -> None:
    upload = work_on(handed_in(HEADER, ANN, BOB))
    Account.objects.filter(pk=account.pk).update(trial_ends_at=timezone.now())
    with tenant(account.pk):
        Upload.objects.filter(account=account).update(state=UploadState.DELETING)

    tasks.work_on_upload(account.pk, upload.pk)

    assert count(Transaction, account) == 0


def test_the_sweep_leaves_files_of_a_paused_account_alone(account: Account, handed_in: HandIn) -> None:
    upload = handed_in(HEADER, ANN)
    with tenant(account.pk):
        Upload.objects.filter(pk=upload.pk).update(touched_at=timezone.now() - timedelta(hours=2))
    Account.objects.filter(pk=account.pk).update(trial_ends_at=timezone.now())

    tasks.sweep()

    with tenant(account.pk):
        upload.refresh_from_db()
    assert upload.tries == 0
    assert not OrmQ.objects.exists()


def test_a_file_knows_the_sources_that_its_lines_name(account: Account, handed_in: HandIn) -> None:
    upload = work_on(handed_in(HEADER, ANN, SHOP))

    with tenant(account.pk):
        assert upload.sources == sorted(account.sources.values_list("pk", flat=True))
    assert len(upload.sources) == 2
