"""Removing a sandbox source: out of every figure at once, and then all of its rows."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django_q.tasks import async_task

from accounts import audit
from accounts.audit import Verb
from datasources.models import Credential, DataSource, Transaction
from datasources.services import booking, catalogue, news, people
from putler.tenancy import lock, tenant

SLICE = 5_000
TASK = "datasources.tasks.remove_source"


def remove(source: DataSource, *, now: datetime) -> None:
    """Hide the source, forget what lets us read it, and have its rows deleted. Inside tenant(). Safe to repeat."""
    source.unlinked_at = source.unlinked_at or now
    source.save(update_fields=["unlinked_at"])
    Credential.objects.filter(account_id=source.account_id, source=source).delete()
    transaction.on_commit(partial(async_task, TASK, source.account_id, source.pk, cluster="long"))
    audit.record(Verb.SOURCE_UNLINKED, account_id=source.account_id, subject=source)


def remove_rows(account_id: int, source_id: int) -> None:
    """Delete a removed source with all that it brought. Safe to kill and to repeat."""
    while _remove_slice(account_id, source_id):
        pass
    with tenant(account_id):
        lock(booking.LOCK, account_id)
        source = DataSource.objects.filter(account_id=account_id, pk=source_id).exclude(unlinked_at=None).first()
        if source:
            source.delete()
        people.unowned(account_id).delete()
        catalogue.unowned(account_id).delete()
        news.tell(account_id)
        if source:
            audit.record(Verb.SOURCE_PURGED, account_id=account_id, subject=source)


def _remove_slice(account_id: int, source_id: int) -> bool:
    with tenant(account_id):
        lock(booking.LOCK, account_id)
        rows = Transaction.objects.filter(account_id=account_id, source_id=source_id, source__unlinked_at__isnull=False)
        some = list(rows.order_by("pk").values_list("pk", flat=True)[:SLICE])
        booking.remove(account_id, some)
        news.tell(account_id)
    return bool(some)
