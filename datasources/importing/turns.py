"""Who is read first where many are to be read: nobody's first import waits for somebody else's long history."""

from datetime import timedelta

from django.db import connection

from datasources.models import StreamState
from putler.tenancy import tenant

SLICE = timedelta(seconds=20)  # of one job, where nobody waits
TURN = timedelta(seconds=2)  # of one job, while other accounts wait


def first_reads(account_id: int, stream_id: int) -> list[tuple[int, int]]:
    """Lists of other accounts to be read before this one, at most five.

    Those of which nothing was read so far come first, then the history of sources that have a quarter of our rows at
    most. A list of which nothing was read gives way to nobody.
    """
    with tenant(account_id):
        own = StreamState.objects.filter(account_id=account_id, pk=stream_id).exclude(head_at=None)
        rows = own.values_list("source__row_count", flat=True).first()
    if rows is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id, stream_id FROM public.first_reads(%s)", [rows])
        return [(whose, which) for whose, which in cursor.fetchall() if whose != account_id]


def others_wait(account_id: int) -> bool:
    """Whether history of other accounts is waiting to be read. Outside tenant()."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id FROM public.accounts_arriving()")
        return any(whose != account_id for (whose,) in cursor.fetchall())
