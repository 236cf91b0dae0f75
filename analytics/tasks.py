"""Jobs of the queue: the rows say what is to do, a job only rings the bell."""

from datetime import datetime
from time import monotonic

from django.db import connection
from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import Account
from analytics import restating, rollups
from analytics.verifying import SAMPLE, verify
from putler.tenancy import tenant

TURN = 20  # seconds that a long work goes on before others have theirs


def drain_account(account_id: int) -> None:
    """Bring one account's figures up to date. Safe to run twice and to kill at any point."""
    rollups.drain(account_id, now=timezone.now())
    if Account.objects.changing().filter(pk=account_id).exists():
        _ring(account_id, now=timezone.now())


def restate(account_id: int) -> None:
    """Build what an account changes to, for a while; then ring for the next turn. Safe to run twice and to kill."""
    until = monotonic() + TURN
    while restating.advance(account_id, now=timezone.now()):
        if monotonic() > until:
            async_task(restate, account_id, cluster="long")  # behind whatever else waits
            return


def verify_some() -> None:
    """Compare some days of every account with their bookings; what differs is logged, and said on its pages."""
    now = timezone.now()
    for account in Account.objects.order_by("pk"):
        async_task(verify_account, account.pk, now.toordinal(), cluster="long")


def verify_account(account_id: int, seed: int) -> None:
    """Compare some days of one account, chosen by the seed, and delete generations that nobody reads any more."""
    with tenant(account_id):
        verify(account_id, now=timezone.now(), days=SAMPLE, seed=seed)
        rollups.drop_retired(Account.objects.get(pk=account_id), now=timezone.now())


def sweep() -> None:
    """Queue a drain for every account whose figures are behind, whoever forgot to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id FROM public.accounts_with_changed_hours()")
        for (account_id,) in cursor.fetchall():
            async_task(drain_account, account_id, cluster="long")  # whose time limit fits a whole account
    for account in Account.objects.changing():
        _ring(account.pk, now=timezone.now())


def _ring(account_id: int, *, now: datetime) -> None:
    """Queue the work on a change of currency or zone, unless a job is at it."""
    with tenant(account_id):
        account = Account.objects.get(pk=account_id)
        if account.is_changing and restating.is_stalled(account, now=now):
            async_task(restate, account_id, cluster="long")
