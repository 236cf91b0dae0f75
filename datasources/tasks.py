"""The jobs of datasources; each is safe to run twice. Arguments are ids, the account's first."""

import logging
from datetime import timedelta
from pathlib import Path
from time import monotonic

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import Account
from datasources.connectors.errors import Transient
from datasources.connectors.ledger_csv import FileRefused
from datasources.importing import turns
from datasources.importing.claims import LEASE
from datasources.importing.slices import import_slice
from datasources.models import StreamState, Upload, UploadState
from datasources.services import hooks, news, rates, rebooking, reconciling, removing, restating, revoking, uploads
from putler.schedules import bring_forward
from putler.tenancy import tenant

log = logging.getLogger(__name__)
TURN = 20  # seconds that a long work goes on before others have theirs
RATES_AGAIN = timedelta(minutes=5)


def work_on_upload(account_id: int, upload_id: int) -> None:
    """Do what an upload's state asks for: check it, import it, delete its rows. Nothing where a person must decide.

    While the account is paused rows are deleted, and none come in: the sweep rings again when it goes on.
    """
    upload = _upload(account_id, upload_id)
    if upload is None or _waits(upload):
        return
    try:
        _work_on(upload)
    except uploads.Overtaken:
        return
    if upload.state not in {UploadState.ASKING, UploadState.WAITING} and not upload.is_stopped:
        removing.let_go(Path(upload.path))


def _work_on(upload: Upload) -> None:
    if upload.state == UploadState.CHECKING:
        uploads.check(upload)
    if upload.state == UploadState.IMPORTING:
        try:
            uploads.import_good_lines(upload, now=timezone.now())
        except FileRefused as error:
            uploads.fail(upload, error)
    if upload.state == UploadState.DELETING:
        uploads.delete(upload)


def import_stream(account_id: int, stream_id: int) -> None:
    """Import the next slice of one list of a source, after those of accounts that still wait for their first."""
    for whose, which in turns.first_reads(account_id, stream_id):
        import_slice(whose, which)
    import_slice(account_id, stream_id)


def revoke_due() -> None:
    """Give access back at the providers."""
    revoking.revoke_due(now=timezone.now())


def reconcile(account_id: int, source_id: int) -> None:
    """Hold a source's rows against what its provider says of its own totals."""
    reconciling.reconcile(account_id, source_id, now=timezone.now())


def register_hook(account_id: int, source_id: int) -> None:
    """Tell the sandbox where to ring for a source."""
    hooks.register_at_sandbox(account_id, source_id)


def register_hooks() -> None:
    """Tell the sandbox where to ring for all of its sources: it forgets with each start."""
    if settings.SANDBOX_URL:
        for account_id, source_id in _look("SELECT account_id, source_id FROM public.hooks_of_tests()"):
            register_hook(account_id, source_id)


def restate(account_id: int) -> None:
    """Write an account's bookings in its next currency too, for a while; then ring for another turn, or the figures."""
    until = monotonic() + TURN
    while restating.restate_slice(account_id, now=timezone.now()):
        if monotonic() > until:
            async_task(restate, account_id, cluster="long")  # behind whatever else waits
            return
    news.tell(account_id)


def rebook(account_id: int) -> None:
    """Book again what a decision about customers or products touches, for a while; then ring for another turn."""
    until = monotonic() + TURN
    while rebooking.rebook_slice(account_id):
        if monotonic() > until:
            async_task(rebook, account_id, cluster="long")  # behind whatever else waits
            return


def sweep_streams() -> None:
    """Ring for lists that are due, and for those whose job died."""
    now = timezone.now()
    rows = _look("SELECT account_id, stream_id FROM public.due_streams()")
    paused = set(Account.objects.paused(now=now).filter(pk__in={row[0] for row in rows}).values_list("pk", flat=True))
    for account_id, stream_id in (row for row in rows if row[0] not in paused):
        with tenant(account_id):
            due = StreamState.objects.filter(account_id=account_id, pk=stream_id, due_at__lte=now)
            if due.update(due_at=now + LEASE):  # not again before this bell can be heard
                async_task(import_stream, account_id, stream_id, cluster="long")


def update_rates() -> None:
    """Fetch exchange rates that are new; where they cannot be had, look again soon."""
    now = timezone.now()
    try:
        rates.update_rates(now=now)
    except Transient as error:
        log.warning("Exchange rates stay as they are: %s", error)
        bring_forward("datasources.tasks.update_rates", to=now + RATES_AGAIN)


def sweep() -> None:
    """Ring for uploads, restatements and bookings whose job got lost on the way."""
    for account_id in rebooking.waiting():
        async_task(rebook, account_id, cluster="long")
    for account_id in restating.stalled(now=timezone.now()):
        async_task(restate, account_id, cluster="long")
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id, upload_id FROM public.idle_uploads()")
        for account_id, upload_id in cursor.fetchall():
            upload = _upload(account_id, upload_id)
            if upload and not _waits(upload) and uploads.is_worth_another_try(upload):
                async_task(work_on_upload, account_id, upload_id, cluster="long")


def _look(statement: str) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _upload(account_id: int, upload_id: int) -> Upload | None:
    with tenant(account_id):
        return Upload.objects.select_related("account").filter(account_id=account_id, pk=upload_id).first()


def _waits(upload: Upload) -> bool:
    """Whether its work must wait until the account goes on."""
    return upload.state != UploadState.DELETING and upload.account.is_paused(now=timezone.now())
