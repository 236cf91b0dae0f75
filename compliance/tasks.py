"""The jobs of deleting and of copies; each is safe to run twice. Arguments are ids, the account's first."""

from django.utils import timezone
from django_q.tasks import async_task

from compliance import access_log, erasing, purging, staff_access
from compliance.agreements import flow
from compliance.exporting import making


def purge_source(account_id: int, source_id: int) -> None:
    """Delete an unlinked source whose time has come."""
    purging.purge_source(account_id, source_id)


def purge_file(account_id: int, upload_id: int) -> None:
    """Delete what a file brought."""
    purging.purge_file(account_id, upload_id)


def sweep_agreements() -> None:
    """Forget requests that nobody confirmed in time, and agreements that are six years old."""
    flow.forget_old(now=timezone.now())


def sweep() -> None:
    """Queue the deletion of every source whose delay has passed, and of those whose job died."""
    for account_id, source_id in purging.due():
        async_task(purge_source, account_id, source_id, cluster="long")


def run_erasure(request_id: int) -> None:
    """Erase what was asked for, if its time has come."""
    erasing.run(request_id)


def sweep_requests() -> None:
    """Queue every erasure whose time has come, or whose job died; those by mail that nobody proved are dropped."""
    now = timezone.now()
    for request_id in erasing.waiting(now=now):
        async_task(run_erasure, request_id, cluster="long")
    erasing.drop_unproved(now=now)


def make_export(request_id: int) -> None:
    """Write a copy of somebody's data."""
    making.make(request_id, now=timezone.now())


def sweep_exports() -> None:
    """Delete copies whose time is over, and queue those whose job got lost."""
    now = timezone.now()
    making.remove_old(now=now)
    for request_id in making.waiting(now=now):
        async_task(make_export, request_id, cluster="long")


def shorten_access_logs() -> None:
    """Delete what staff looked at more than two years ago, and the memberships of staff that have ended."""
    access_log.shorten()
    staff_access.forget_ended(now=timezone.now())
