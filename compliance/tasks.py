"""The jobs of deleting, copying, forgetting and measuring; each may run twice. Arguments are ids, the account first."""

from django.utils import timezone
from django_q.tasks import async_task

from compliance import erasing, purging, retention
from compliance.evidence import registry
from compliance.evidence.base import Finding, record
from compliance.exporting import making


def purge_source(account_id: int, source_id: int) -> None:
    """Delete an unlinked source whose time has come."""
    purging.purge_source(account_id, source_id)


def purge_file(account_id: int, upload_id: int) -> None:
    """Delete what a file brought."""
    purging.purge_file(account_id, upload_id)


def sweep() -> None:
    """Queue the deletion of every source whose delay has passed, and of those whose job died."""
    due = purging.due()
    for account_id, source_id in due:
        async_task(purge_source, account_id, source_id, cluster="long")
    record("sweep", Finding(f"{len(due)} were due", "the hourly job itself", is_met=True), now=timezone.now())


def forget_all() -> None:
    """Queue each line of the table of retention, so that one which fails keeps back no other."""
    for kept in retention.TABLE:
        async_task(forget, kept.slug, cluster="short")


def forget(slug: str) -> None:
    """Let go of what one line of the table says is past its time."""
    retention.forget(slug, now=timezone.now())


def measure_all() -> None:
    """Queue each measurement that is due, so that one which fails keeps back no other: its promise reads as unknown."""
    for name in registry.due(now=timezone.now()):
        async_task(measure, name, cluster="short")


def measure(name: str) -> None:
    """Measure one thing that a promise rests on, and write down what was found."""
    registry.measure(name, now=timezone.now())


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
