"""The jobs of datasources; each is safe to run twice. Arguments are ids, the account's first."""

from django.utils import timezone

from datasources.models import Upload, UploadState
from datasources.services import rates, uploads
from putler.tenancy import tenant


def import_upload(account_id: int, upload_id: int) -> None:
    """Check a file; import it when all its lines are good, or when a person has decided so."""
    upload = _upload(account_id, upload_id, UploadState.CHECKING, UploadState.IMPORTING)
    if upload and upload.state == UploadState.CHECKING:
        uploads.check(upload, now=timezone.now())
    if upload and upload.state == UploadState.IMPORTING:
        uploads.import_good_lines(upload, now=timezone.now())


def delete_upload(account_id: int, upload_id: int) -> None:
    """Delete a file's rows."""
    if upload := _upload(account_id, upload_id, UploadState.DELETING):
        uploads.delete(upload)


def update_rates() -> None:
    """Fetch the day's exchange rates."""
    rates.update_rates(now=timezone.now())


def _upload(account_id: int, upload_id: int, *states: UploadState) -> Upload | None:
    with tenant(account_id):
        return Upload.objects.filter(account_id=account_id, pk=upload_id, state__in=states).first()
