"""Jobs of the queue: the rows say what is to do, a job only rings the bell."""

from django.db import connection
from django.utils import timezone
from django_q.tasks import async_task

from analytics import rollups


def drain_account(account_id: int) -> None:
    """Bring one account's figures up to date. Safe to run twice and to kill at any point."""
    rollups.drain(account_id, now=timezone.now())


def sweep() -> None:
    """Queue a drain for every account whose figures are behind, whoever forgot to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id FROM public.accounts_with_changed_hours()")
        for (account_id,) in cursor.fetchall():
            async_task(drain_account, account_id, cluster="long")  # whose time limit fits a whole account
