"""What is kept and what goes: purges, retention, the declared places, and the jobs that read and add up."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.apps import apps
from django.db.models import Max

from accounts.models import Account
from compliance import purging, retention
from compliance.evidence.base import Finding, has_run
from compliance.stores import declarations, stores
from datasources.models import DataSource
from putler.tenancy import tenant

PROMISED: Final = 14  # days from unlinking to deletion, unless the merchant wants another time
LONGEST: Final = 30
LATE: Final = timedelta(days=1)


def purges(now: datetime) -> Finding:
    """That what is unlinked is deleted when its time has come."""
    oldest = max((now - since for since in _waiting()), default=timedelta())
    runs = has_run("compliance.tasks.sweep", now=now)
    late = f"The oldest is {oldest // timedelta(hours=1)} hours late"
    said = late if oldest > LATE else "Nothing is late"
    return Finding(said if runs else "The hourly job does not run", "the sources that are due", runs and oldest <= LATE)


def unlink_delay(now: datetime) -> Finding:
    """How long a source waits from unlinking to deletion."""
    days = Account._meta.get_field("purge_delay_days").get_default()
    longest = Account.objects.aggregate(longest=Max("purge_delay_days"))["longest"] or days
    is_met = days <= PROMISED and longest <= LONGEST
    return Finding(f"{days} days; {longest} at most", "the setting of all accounts", is_met)


def forgotten(now: datetime) -> Finding:
    """That nothing is kept longer than the table says."""
    runs, late = has_run("compliance.tasks.forget_all", now=now), retention.overdue(now=now)
    said = f"Late: {', '.join(sorted(late))}" if late else f"{len(retention.TABLE)} kinds of data, none late"
    return Finding(said if runs else "The daily job does not run", "a count of each kind", runs and not late)


def places(now: datetime) -> Finding:
    """That every place in which data lie is declared, field by field."""
    declared = declarations()
    missing = [
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label not in declared or _names(model) != declared[model._meta.label].names
    ]
    said = f"{len(declared)} tables, every field declared; {len(stores())} places emptied with a source"
    value = f"Not declared: {', '.join(missing)}" if missing else said
    return Finding(value[:200], "the tables of the running site beside its declarations", not missing)


def imports(now: datetime) -> Finding:
    """That sources are read on."""
    runs = has_run("datasources.tasks.sweep_streams", now=now)
    return Finding("Looked for every minute" if runs else "The job does not run", "the schedule of imports", runs)


def figures(now: datetime) -> Finding:
    """That figures are added up before somebody asks."""
    runs = has_run("analytics.tasks.sweep", now=now)
    return Finding("Added up every minute" if runs else "The job does not run", "the schedule of figures", runs)


def _waiting() -> list[datetime]:
    """Since when each source that is due has been."""
    found = []
    for account_id, source_id in purging.due():
        with tenant(account_id):
            source = DataSource.objects.filter(account_id=account_id, pk=source_id).first()
        if source and source.purge_after:
            found.append(source.purge_after)
    return found


def _names(model: Any) -> set[str]:
    return {one.name for one in (*model._meta.local_fields, *model._meta.local_many_to_many)}
