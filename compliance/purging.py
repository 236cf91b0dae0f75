"""The one machine that deletes: of an unlinked source everything, of a file all that it brought.

It asks every store that the apps declare how much is there, has it deleted a batch at a time, asks again and writes
that into a receipt. It may be killed at any point: begun again, it goes on with what is left, under the same receipt.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts import audit
from accounts.audit import Verb
from analytics import rollups
from compliance import journal
from compliance.models import JournalEntry, PurgeReceipt
from compliance.stores import stores
from datasources.models import FILES, DataSource, Upload
from datasources.services.unlinking import begin_purge
from putler.personal import Subject
from putler.tenancy import tenant

MOST_ROUNDS = 3  # through all stores, should something be written behind the machine's back
Clock = Callable[[], datetime]


class NotClean(RuntimeError):
    """Something is left in a store after all: the job fails aloud and is begun again."""


def purge_source(account_id: int, source_id: int, *, clock: Clock = timezone.now) -> PurgeReceipt | None:
    """Delete a source whose time has come; None where it is not to be deleted. Safe to repeat. Raises NotClean."""
    with tenant(account_id):
        source = begin_purge(account_id, source_id, now=clock())
        if source is None:
            return None
        subject = Subject(account_id, source_id=source_id)
        receipt = _begin(source, subject, now=clock())
        whose = source.account.public_id
    journal.enter(journal.of(JournalEntry.Kind.SOURCE, receipt.subject, account=whose), now=clock())
    return _purge(receipt, subject, clock)


def purge_file(account_id: int, upload_id: int, *, clock: Clock = timezone.now) -> PurgeReceipt | None:
    """Delete what a file brought, its entry and the file itself; None where there is none. Safe to repeat."""
    with tenant(account_id):
        upload = Upload.objects.filter(account_id=account_id, pk=upload_id).first()
        if upload is None:
            return None
        subject = Subject(account_id, upload_id=upload_id)
        receipt = _begin(upload, subject, now=clock())
        whose = upload.account.public_id
    journal.enter(journal.of(JournalEntry.Kind.FILE, receipt.subject, account=whose), now=clock())
    return _purge(receipt, subject, clock)


def due() -> list[tuple[int, int]]:
    """The sources of all accounts whose delay has passed, as (account, source)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id, source_id FROM public.due_purges()")
        return list(cursor.fetchall())


def _begin(thing: DataSource | Upload, subject: Subject, *, now: datetime) -> PurgeReceipt:
    """The receipt, with how much lay there before the first batch. Inside tenant()."""
    known = PurgeReceipt.objects.filter(account_id=subject.account_id, subject=thing.public_id).first()
    return known or PurgeReceipt.objects.create(
        account_id=subject.account_id, subject=thing.public_id, started_at=now, before=_counts(subject), **_said(thing)
    )


def _said(thing: DataSource | Upload) -> dict[str, Any]:
    """What a receipt says of the thing itself."""
    if isinstance(thing, Upload):
        return {"what": PurgeReceipt.What.FILE, "provider": FILES, "asked_at": thing.touched_at}
    return {"what": PurgeReceipt.What.SOURCE, "provider": thing.provider, "asked_at": thing.unlinked_at}


def _purge(receipt: PurgeReceipt, subject: Subject, clock: Clock) -> PurgeReceipt:
    for _ in range(MOST_ROUNDS):
        for store in stores():
            while not store.is_last and store.erase(subject):
                pass
        rollups.drain(subject.account_id, now=clock())  # the figures hold sums of what was there until now
        if ended := _ended(receipt, subject, clock()):
            return ended
    raise NotClean(f"Something of {receipt.subject} is still there.")


def _ended(receipt: PurgeReceipt, subject: Subject, now: datetime) -> PurgeReceipt | None:
    """Empty the last stores and close the receipt together; None, and nothing of it, while another is not empty."""
    with tenant(subject.account_id):
        own = PurgeReceipt.objects.select_for_update().filter(account_id=subject.account_id, pk=receipt.pk)
        held = own.get()
        if held.ended_at:  # by another job
            return held
        if any(store.count(subject) for store in stores() if not store.is_last):
            return None
        for store in stores():
            if store.is_last:
                store.erase(subject)
        held.after, held.ended_at = _counts(subject), now
        held.digest = held.computed_digest
        held.save(update_fields=["after", "ended_at", "digest"])
        verb = Verb.SOURCE_PURGED if held.what == PurgeReceipt.What.SOURCE else Verb.FILE_DELETED
        audit.record(verb, account_id=subject.account_id, subject=held)
        return held


def _counts(subject: Subject) -> dict[str, int]:
    return {store.name: store.count(subject) for store in stores()}
