"""Stretches of reading: what was read since when, for the pages that watch it."""

from datetime import datetime, timedelta

from django.db.models import F

from datasources.importing.plan import next_window
from datasources.models import DataSource, ImportRun, RunState, StreamState
from datasources.services import notices, reconciling
from datasources.services.providers import provider

LONG = timedelta(minutes=2)  # an import that took longer is worth a mail


def count(source: DataSource, *, now: datetime, **numbers: int) -> None:
    """Add to the run in progress, which the first call begins. Inside tenant(), with the source's row locked."""
    own = ImportRun.objects.filter(account_id=source.account_id, source=source, state=RunState.RUNNING)
    if not own.update(**{name: F(name) + number for name, number in numbers.items()}):
        ImportRun.objects.create(account_id=source.account_id, source=source, started_at=now, **numbers)


def end_if_all_is_read(source: DataSource, *, now: datetime) -> None:
    """Close the run in progress once no list has anything left to read. Inside tenant()."""
    states = StreamState.objects.filter(account_id=source.account_id, source=source)
    streams = {stream.name: stream for stream in provider(source.provider).connector.streams}
    if any(
        _is_busy(state) or next_window(state, streams[state.stream], now) for state in states if not state.is_refused
    ):
        return
    run = ImportRun.objects.filter(account_id=source.account_id, source=source, state=RunState.RUNNING).first()
    if run is None:
        return
    reconciling.ring(source)
    if not (run.rows_new or run.rows_changed or run.rows_refused):
        run.delete()
        return
    is_first = not ImportRun.objects.filter(account_id=source.account_id, source=source, state=RunState.DONE).exists()
    _end(run, RunState.DONE, now)
    if is_first and now - run.started_at > LONG:
        notices.import_ended(source, run)


def fail(source: DataSource, *, now: datetime) -> None:
    """Close the run in progress because the provider no longer lets us in. Inside tenant()."""
    for run in ImportRun.objects.filter(account_id=source.account_id, source=source, state=RunState.RUNNING):
        _end(run, RunState.FAILED, now)


def stop(source: DataSource, *, now: datetime) -> None:
    """Close the run in progress because the merchant wants no more read. Inside tenant()."""
    running = ImportRun.objects.filter(account_id=source.account_id, source=source, state=RunState.RUNNING)
    running.update(state=RunState.STOPPED, ended_at=now)


def _is_busy(state: StreamState) -> bool:
    return state.lease_until is not None


def _end(run: ImportRun, state: RunState, now: datetime) -> None:
    run.state, run.ended_at = state, now
    run.save(update_fields=["state", "ended_at"])
