"""A person's deeds on files of transactions: handing one in, deciding about it, having its rows deleted.

Each puts the truth into the upload's row and rings the workers' bell; the work itself is `uploads`.
"""

import uuid
from enum import StrEnum
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from accounts import audit
from accounts.audit import Verb
from accounts.models import Account
from datasources import tasks
from datasources.connectors.files.reading import Reading
from datasources.models import Upload, UploadState
from datasources.services import recognising
from putler.kernel.errors import PutlerError

LARGEST = 100 * 1024 * 1024  # bytes
CLUSTER = "long"
OPEN = (UploadState.ASKING, UploadState.WAITING)  # for somebody to say how it is read, or that it goes
_FASTER = "Someone was faster: this file is no longer waiting for that."
ENDED = (UploadState.DONE, UploadState.FAILED, UploadState.DISCARDED)


class Decision(StrEnum):
    """What becomes of a file that waits, or that stopped in the middle of its import."""

    IMPORT = "import"
    AGAIN = "again"
    DISCARD = "discard"


class NotNow(PutlerError):
    """The file is no longer in the state in which this could be asked."""


class Capped(FileUploadHandler):
    """Stops receiving a request's files once they are larger than LARGEST, before they fill the disk."""

    received = 0
    is_too_large = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > LARGEST:
            self.is_too_large = True
            raise StopUpload(connection_reset=False)  # the rest is read and dropped, so that the answer arrives
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave keeping the file to the handlers that follow."""


def receive(account: Account, file: "UploadedFile[bytes]", name: str) -> Upload:
    """Keep the file under a random name and have it checked. Inside tenant()."""
    settings.UPLOADS.mkdir(mode=0o700, parents=True, exist_ok=True)
    path: Path = settings.UPLOADS / f"{uuid.uuid4()}.csv"
    with path.open("xb") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
    upload = Upload.objects.create(account=account, name=name, path=str(path))
    _ring(upload, Verb.FILE_RECEIVED)
    return upload


def decide(upload: Upload, decision: Decision) -> None:
    """Import the good lines of a file that waits, go on with one that stopped, or let it go.

    Raises NotNow when it is no longer waiting for that.
    """
    if decision is Decision.IMPORT:
        _move(upload, (UploadState.WAITING,), UploadState.IMPORTING)
        _ring(upload, Verb.FILE_ACCEPTED)
    elif decision is Decision.AGAIN:
        if not upload.is_stopped:
            raise NotNow(_FASTER)
        _move(upload, (UploadState.FAILED,), UploadState.IMPORTING, tries=0, message="")
        _ring(upload, Verb.FILE_ACCEPTED)
    else:
        _move(upload, OPEN, UploadState.DISCARDED)
        _ring(upload, Verb.FILE_DISCARDED)


def read_as(upload: Upload, reading: Reading) -> None:
    """Have a file that waits checked again, read in this way. Raises NotNow when it waits no longer."""
    recognising.keep(upload, recognising.stored_of(upload), reading)
    _move(upload, OPEN, UploadState.CHECKING, preset=upload.preset, reading=upload.reading)
    _ring(upload, Verb.FILE_READING_CHOSEN)


def request_deletion(upload: Upload) -> None:
    """Have a file's rows deleted, and then the file's own entry. Raises NotNow while it is being read."""
    _move(upload, ENDED, UploadState.DELETING)
    _ring(upload, Verb.FILE_DELETION_ASKED)


def _move(upload: Upload, states: tuple[UploadState, ...], to: UploadState, **fields: object) -> None:
    """Change the state where it is still one of `states`: of two people at once, one decides."""
    own = Upload.objects.filter(account_id=upload.account_id, pk=upload.pk, state__in=states)
    if not own.update(state=to, touched_at=timezone.now(), **fields):
        raise NotNow(_FASTER)
    upload.state = to


def _ring(upload: Upload, deed: Verb) -> None:
    """Have the workers follow what a person did, and note the deed."""
    transaction.on_commit(partial(async_task, tasks.work_on_upload, upload.account_id, upload.pk, cluster=CLUSTER))
    audit.record(deed, account_id=upload.account_id, subject=upload)
