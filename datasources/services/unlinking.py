"""Unlinking: a source leaves every figure at once; what its rows had hidden counts again."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from datasources.models import DataSource, Transaction
from datasources.services import news
from datasources.services.booking import book
from putler.tenancy import tenant

SLICE = 5_000


def unlink(*, source: DataSource, now: datetime) -> None:
    """Hide a source and book again what stood in relation to its rows.

    It is out of every figure with the first commit: bookings hold for the sources in view. Safe to repeat.
    """
    with tenant(source.account_id):
        source.unlinked_at = source.unlinked_at or now
        source.save(update_fields=["unlinked_at"])
    for part in _slices(source):
        with tenant(source.account_id):
            book(source.account_id, part)
            news.tell(source.account_id)


def _slices(source: DataSource) -> Iterator[list[int]]:
    with tenant(source.account_id):
        rows = Transaction.objects.filter(account_id=source.account_id, source=source)
        ids = iter(list(rows.order_by("pk").values_list("pk", flat=True)))
    while part := list(islice(ids, SLICE)):
        yield part
