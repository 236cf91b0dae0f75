"""A worker as a process of its own: `python -m tests.importing.worker ACCOUNT SOURCE` reads until all is read."""

import sys
import time
from datetime import datetime, timedelta

import django

django.setup()

from datasources.importing.foreground import import_now  # noqa: E402  models need the setup
from datasources.models import DataSource  # noqa: E402
from putler.tenancy import tenant  # noqa: E402
from tests.importing.conftest import NOON  # noqa: E402

BEGAN = time.monotonic()


def clock() -> datetime:
    """The shop's time, going on from where the tests hold it."""
    return NOON + timedelta(seconds=time.monotonic() - BEGAN)


def main(account_id: int, source_id: int) -> None:
    """Read the source."""
    with tenant(account_id):
        source = DataSource.objects.get(account_id=account_id, pk=source_id)
    import_now(source, report=lambda _: None, clock=clock)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
