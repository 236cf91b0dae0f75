"""The road in: files through the product's own import, and the same rows with nothing but COPY."""

import uuid
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.utils import timezone

from accounts.models import Account
from accounts.services import create_account
from analytics import rollups
from bench.timing import seconds
from datasources.models import Upload
from datasources.services import uploads
from putler.tenancy import tenant

ZONE, CURRENCY = "Europe/London", "GBP"


@dataclass
class Load:
    """What one import took, in seconds."""

    check: float = 0.0
    post: float = 0.0
    follow: float = 0.0
    rows: int = 0
    rows_new: int = 0
    rows_changed: int = 0

    @property
    def whole(self) -> float:
        """Until the ledger has the rows, as the goals count it."""
        return self.check + self.post

    @property
    def pace(self) -> float:
        """Rows a second."""
        return self.rows / self.whole


def new_account(name: str, *, zone: str = ZONE) -> Account:
    """An account, and an owner who is in no other."""
    return create_account(email=f"{uuid.uuid4()}@example.com", name=name, currency=CURRENCY, time_zone=zone)


def take(account: Account, files: list[Path]) -> Load:
    """Import files one after the other, as the page and the command do, and let the figures follow."""
    load = Load()
    for path in files:
        with tenant(account.pk):
            upload = Upload.objects.create(account=account, name=path.name, path=str(path), preset="ledger")
        load.check += seconds(lambda one=upload: uploads.check(one))  # type: ignore[misc]
        if upload.rows_refused:
            raise SystemExit(f"{path} has {upload.rows_refused} lines that the product refuses.")
        load.post += seconds(lambda one=upload: uploads.import_good_lines(one, now=timezone.now()))  # type: ignore[misc]
        load.rows += upload.rows_read
        load.rows_new += upload.rows_new
        load.rows_changed += upload.rows_changed
    load.follow = seconds(lambda: rollups.drain(account.pk, now=timezone.now()))
    return load


def rewritten() -> int:
    """How many rows of the ledger's tables were rewritten so far, by PostgreSQL's own count."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            """SELECT coalesce(sum(n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables
               WHERE relname ~ '^datasources_(transaction|line|booking|bookedline)_[0-9]+$'"""
        )
        return int(cursor.fetchone()[0])
