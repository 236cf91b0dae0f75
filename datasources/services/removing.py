"""Deleting what a source or a file brought, a batch at a time: each is a transaction, so work may be killed and begun
again. Who decides that, and keeps the receipt, is the app `compliance`.
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from datasources.models import CustomerIdentity, DataSource, Transaction, Upload
from datasources.services import booking, catalogue, merging, news, people, rebooking
from putler.tenancy import lock, tenant

BATCH = 5_000


def remove_rows(rows: QuerySet[Transaction], account_id: int, *, with_files: bool) -> bool:
    """Delete a batch of these rows of the ledger with all that hangs on them; whether there was any.

    `with_files`: the files too of which no row is left.
    """
    with tenant(account_id):
        lock(booking.LOCK, account_id)
        some = dict(rows.order_by("pk").values_list("pk", "upload_id")[:BATCH])
        booking.remove(account_id, some.keys())
        if with_files:
            remove_files(account_id, Q(pk__in={upload for upload in some.values() if upload}))
        news.tell(account_id)
    return bool(some)


def remove_identities(account_id: int, source_id: int) -> bool:
    """Forget a batch of the people whom the source knows; of who is known to others only what it told."""
    with tenant(account_id):
        lock(booking.LOCK, account_id)
        own = CustomerIdentity.objects.filter(account_id=account_id, source=source_id)
        some = list(own.order_by("pk")[:BATCH])
        people.disown(account_id, some)
    return bool(some)


def remove_unowned(account_id: int) -> bool:
    """Delete customers and products that no row refers to any more; whether there may be more of them.

    Rows of others that are booked for one of them, since the merchant merged the two, are booked for another first.
    """
    with tenant(account_id):
        lock(booking.LOCK, account_id)
        if merging.relieve(account_id) or rebooking.is_asked(account_id):
            rebooking.rebook_slice(account_id)
            return True
        gone = [_delete_some(found) for found in (people.unowned(account_id), catalogue.unowned(account_id))]
    return any(gone)


def remove_files(account_id: int, which: Q) -> int:
    """Delete the entries of such files as have no rows left, and the files with them. Inside tenant()."""
    has_rows = Exists(Transaction.objects.filter(account_id=account_id, upload=OuterRef("pk")))
    found = list(Upload.objects.filter(~has_rows, which, account_id=account_id))
    for upload in found:
        let_go(Path(upload.path))
        upload.delete()
    return len(found)


def let_go(path: Path) -> None:
    """Remove a file that was handed in by page; others are not ours."""
    if is_ours(path):
        path.unlink(missing_ok=True)


def is_ours(path: Path) -> bool:
    """Whether a file was handed in by page."""
    return path.parent == settings.UPLOADS


def named_in_files(source: DataSource) -> Q:
    """The files that say of themselves that they belong to the source, also those that brought nothing."""
    return Q(source_name=source.name) | Q(reading__source=source.name)


def _delete_some(found: QuerySet[Any]) -> bool:
    some = list(found.values_list("pk", flat=True)[:BATCH])
    found.model._default_manager.filter(pk__in=some).delete()
    return bool(some)
