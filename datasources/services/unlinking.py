"""Unlinking: a source leaves every figure and list at once, and may come back until its rows are deleted.

Bookings hold for the sources in view, so hiding one and showing it again is one column of its row. What lets us read it
goes for good in the same transaction: a source that comes back must be connected again before anything new is read.
"""

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django_q.tasks import async_task

from accounts import audit
from accounts.audit import Verb
from datasources.importing import runs
from datasources.models import DataSource, OAuthState, StreamState, Upload, UploadState
from datasources.services import hooks, news, revoking
from datasources.services.naming import free_name
from putler.kernel.errors import PutlerError
from putler.tenancy import tenant

CONNECT_AGAIN = (
    "You unlinked this source and brought it back. Connect it again, so that new sales arrive. If its provider told "
    "Putler of news by a webhook, set that up again too: its address and secret were deleted."
)
STOPPED = "Its source was unlinked while this file was imported."


class TooLate(PutlerError):
    """The rows of the source are being deleted already."""


def unlink(*, source: DataSource, now: datetime) -> None:
    """Hide a source, forget what lets us read it, and have its rows deleted once the account's delay has passed.

    A job that reads it at this moment stops at its next page and writes nothing more. Safe to repeat.
    """
    with tenant(source.account_id):
        _lock(source)
        if source.unlinked_at:
            return
        source.unlinked_at = now
        source.purge_after = now + timedelta(days=source.account.purge_delay_days)
        source.save(update_fields=["unlinked_at", "purge_after"])
        revoking.give_up(source, now=now)
        hooks.forget(source)
        OAuthState.objects.filter(account_id=source.account_id, source=source).delete()
        stop_reading(source, now=now)
        _stop_files(source, now=now)
        news.tell(source.account_id)
        audit.record(Verb.SOURCE_UNLINKED, account_id=source.account_id, subject=source)


def delete_now(*, source: DataSource, now: datetime) -> None:
    """Have the rows of an unlinked source deleted without further delay; from here on it cannot come back."""
    with tenant(source.account_id):
        _lock(source)
        if source.unlinked_at is None:
            raise TooLate(f"{source.name} is linked again: nothing was deleted.")
        if source.purge_after is None or source.purge_after > now:
            source.purge_after = now
            source.save(update_fields=["purge_after"])
        transaction.on_commit(partial(async_task, settings.PURGER, source.account_id, source.pk, cluster="long"))
        audit.record(Verb.SOURCE_PURGE_ASKED, account_id=source.account_id, subject=source)


def restore(*, source: DataSource, now: datetime) -> None:
    """Bring an unlinked source back with all its rows. Raises TooLate once they are being deleted."""
    with tenant(source.account_id):
        _lock(source)
        if source.unlinked_at is None:
            return
        if source.purging_at:
            raise TooLate(f"The rows of {source.name} are being deleted already.")
        source.name = free_name(source.account, source.name)
        source.unlinked_at = source.purge_after = None
        source.attention = CONNECT_AGAIN if source.is_connected else ""
        source.save(update_fields=["name", "unlinked_at", "purge_after", "attention"])
        news.tell(source.account_id)
        told_of(source, "restored")


def told_of(source: DataSource, what: str) -> None:
    """Write into the log what was done to a source. Inside tenant()."""
    audit.record(Verb.SOURCE_CHANGED, account_id=source.account_id, subject=source, detail={"changed": [what]})


def begin_purge(account_id: int, source_id: int, *, now: datetime) -> DataSource | None:
    """The source whose rows may be deleted now, past coming back; None where that is not asked for. Inside tenant()."""
    source = DataSource.objects.select_for_update().filter(account_id=account_id, pk=source_id).first()
    if source is None or source.unlinked_at is None or source.purge_after is None or source.purge_after > now:
        return None
    if source.purging_at is None:
        source.purging_at = now
        source.save(update_fields=["purging_at"])
    return source


def stop_reading(source: DataSource, *, now: datetime) -> None:
    """Let no job read it any more, and close the run in progress. Inside tenant(), the source locked."""
    states = StreamState.objects.filter(account_id=source.account_id, source=source)
    states.update(due_at=None, lease_until=None, claim=F("claim") + 1)
    runs.stop(source, now=now)


def _stop_files(source: DataSource, *, now: datetime) -> None:
    """Stop imports of files that have brought rows of it: their next slice would make a source of its name again."""
    busy = Upload.objects.filter(account_id=source.account_id, state=UploadState.IMPORTING, transactions__source=source)
    own = Upload.objects.filter(account_id=source.account_id, pk__in=list(busy.distinct().values_list("pk", flat=True)))
    own.update(state=UploadState.DISCARDED, message=STOPPED, touched_at=now)


def _lock(source: DataSource) -> None:
    """Take the source, as imports do before they write, and see it as it is now."""
    own = DataSource.objects.select_for_update(no_key=True).filter(account_id=source.account_id, pk=source.pk)
    names = ["name", "unlinked_at", "purge_after", "purging_at", "paused_at", "attention"]
    for name, value in own.values(*names).get().items():
        setattr(source, name, value)
