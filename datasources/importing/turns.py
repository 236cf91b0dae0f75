"""Who is read first where many are to be read: nobody's first look waits for somebody else's long history."""

from datetime import timedelta

from django.db import connection

from datasources.models import StreamState
from putler.tenancy import tenant

SLICE = timedelta(seconds=20)  # of one job, where nobody waits
TURN = timedelta(seconds=2)  # of one job, while other accounts wait


def first_reads(account_id: int, stream_id: int) -> list[tuple[int, int]]:
    """Lists of other accounts of which nothing was read so far, longest waiting first; none for a list like that."""
    with tenant(account_id):
        own = StreamState.objects.filter(account_id=account_id, pk=stream_id)
        if not own.exclude(head_at=None).exists():
            return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id, stream_id FROM public.first_reads()")
        return [(whose, which) for whose, which in cursor.fetchall() if whose != account_id]


def others_wait(account_id: int) -> bool:
    """Whether history of other accounts is waiting to be read. Outside tenant()."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id FROM public.accounts_arriving()")
        return any(whose != account_id for (whose,) in cursor.fetchall())
