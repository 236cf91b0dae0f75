"""The jobs of deleting, forgetting and measuring; each is safe to run twice. Arguments are ids, the account's first."""

from django.utils import timezone
from django_q.tasks import async_task

from compliance import purging, retention
from compliance.evidence import registry
from compliance.evidence.base import Finding, record


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
