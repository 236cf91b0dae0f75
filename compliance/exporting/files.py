"""Where the files lie: in a folder that nothing serves, under names that nobody can guess."""

import shutil
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings

from accounts.models import Account, User
from compliance.models import ExportRequest

FORGOTTEN: Final = timedelta(hours=12)  # after which a file of no request is what a job left that died


def folder() -> Path:
    """The folder, made for us alone."""
    path: Path = settings.EXPORTS
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def remove(request: ExportRequest) -> None:
    """Delete the file of a request, whatever is still to be fetched of it."""
    if request.path:
        Path(request.path).unlink(missing_ok=True)


def remove_of(user: User) -> None:
    """Delete all that somebody had made."""
    _remove_all(list(ExportRequest.objects.filter(user=user)))


def remove_of_account(account: Account) -> None:
    """Delete what its members had made of an account."""
    _remove_all(list(ExportRequest.objects.filter(account=account.public_id)))


def remove_forgotten(kept: Collection[str], *, now: datetime) -> None:
    """Delete what lies there for no request."""
    for path in folder().iterdir():
        if str(path) not in kept and path.stat().st_mtime < (now - FORGOTTEN).timestamp():
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _remove_all(requests: list[ExportRequest]) -> None:
    for request in requests:
        remove(request)
    ExportRequest.objects.filter(pk__in=[request.pk for request in requests]).delete()
