"""The jobs of datasources; each is safe to run twice. Arguments are ids, the account's first."""

import logging
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_q.tasks import async_task

from datasources.connectors.errors import Transient
from datasources.connectors.ledger_csv import FileRefused
from datasources.models import Upload, UploadState
from datasources.services import rates, uploads
from putler.tenancy import tenant

log = logging.getLogger(__name__)


def work_on_upload(account_id: int, upload_id: int) -> None:
    """Do what an upload's state asks for: check it, import it, delete its rows. Nothing where a person must decide."""
    upload = _upload(account_id, upload_id)
    if upload is None:
        return
    try:
        _work_on(upload)
    except uploads.Overtaken:
        return
    if upload.state != UploadState.WAITING:
        _let_go(Path(upload.path))


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


def update_rates() -> None:
    """Fetch exchange rates that are new."""
    try:
        rates.update_rates(now=timezone.now())
    except Transient as error:
        log.warning("Exchange rates stay as they are: %s", error)


def sweep() -> None:
    """Ring for uploads whose job got lost on the way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id, upload_id FROM public.idle_uploads()")
        for account_id, upload_id in cursor.fetchall():
            upload = _upload(account_id, upload_id)
            if upload and uploads.is_worth_another_try(upload):
                async_task(work_on_upload, account_id, upload_id, cluster="long")


def _upload(account_id: int, upload_id: int) -> Upload | None:
    with tenant(account_id):
        return Upload.objects.filter(account_id=account_id, pk=upload_id).first()


def _let_go(path: Path) -> None:
    """Remove a file that was handed in by page; others are not ours."""
    if path.parent == settings.UPLOADS:
        path.unlink(missing_ok=True)
