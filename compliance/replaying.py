"""After a restore: what was erased since the backup was made is erased once more, from the journal's file."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.utils import timezone

from accounts.models import Account, User
from compliance import asking, erasing, journal, purging
from compliance.models import ErasureRequest, JournalEntry
from datasources.models import Customer, DataSource, Upload
from datasources.services import forgetting, unlinking
from putler.tenancy import tenant

Clock = Callable[[], datetime]
Kind = JournalEntry.Kind
OF = ErasureRequest.Kind
Row = TypeVar("Row", DataSource, Upload)


def replay(*, clock: Clock = timezone.now) -> Iterator[journal.Entry]:
    """Erase each entry that the database does not know of, and yield it once that is done. Safe to repeat.

    What a backup does not hold needs no erasing; digests are shut out first, so that nothing comes back meanwhile.
    """
    for entry in sorted(journal.missing(), key=lambda one: one.kind != Kind.DIGEST):
        _REPLAYS[Kind(entry.kind)](entry, clock)
        journal.note(entry, now=clock())
        yield entry


def _account(entry: journal.Entry) -> Account | None:
    return Account.objects.filter(public_id=entry.account).first() if entry.account else None


def _digest(entry: journal.Entry, clock: Clock) -> None:
    if account := _account(entry):
        with tenant(account.pk):
            forgetting.shut_out(account.pk, [entry.subject], now=clock())


def _customer(entry: journal.Entry, clock: Clock) -> None:
    account = _account(entry)
    if account is None:
        return
    with tenant(account.pk):
        is_there = Customer.objects.filter(account_id=account.pk, public_id=entry.subject).exists()
    if is_there:
        _run(OF.SUBJECT, account.public_id, entry, clock)


def _user(entry: journal.Entry, clock: Clock) -> None:
    if User.objects.filter(public_id=entry.subject).exists():
        _run(OF.USER, None, entry, clock)


def _closed(entry: journal.Entry, clock: Clock) -> None:
    if account := _account(entry):
        _run(OF.ACCOUNT, account.public_id, entry, clock)


def _source(entry: journal.Entry, clock: Clock) -> None:
    account = _account(entry)
    source = _found(DataSource, account, entry)
    if account and source:
        unlinking.unlink(source=source, now=clock())
        unlinking.delete_now(source=source, now=clock())
        purging.purge_source(account.pk, source.pk, clock=clock)


def _file(entry: journal.Entry, clock: Clock) -> None:
    account = _account(entry)
    upload = _found(Upload, account, entry)
    if account and upload:
        purging.purge_file(account.pk, upload.pk, clock=clock)


def _found(model: type[Row], account: Account | None, entry: journal.Entry) -> Row | None:
    if account is None:
        return None
    with tenant(account.pk):
        return model.objects.filter(account_id=account.pk, public_id=entry.subject).first()


def _run(kind: OF, account: UUID | None, entry: journal.Entry, clock: Clock) -> None:
    request = asking.again(kind, account=account, target=UUID(entry.subject), now=clock())
    erasing.run(request.pk, clock=clock)


_REPLAYS: dict[Kind, Callable[[journal.Entry, Clock], None]] = {
    Kind.DIGEST: _digest,
    Kind.CUSTOMER: _customer,
    Kind.USER: _user,
    Kind.ACCOUNT: _closed,
    Kind.SOURCE: _source,
    Kind.FILE: _file,
}
