"""Reading a source when somebody asks for it, instead of when it falls due."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone

from datasources.connectors.streams import Stream
from datasources.importing import pacing
from datasources.importing.claims import Clock, ring
from datasources.importing.plan import next_window, wanted_now
from datasources.importing.slices import import_slice
from datasources.models import DataSource, StreamState
from datasources.services.providers import provider
from putler.kernel.errors import PutlerError
from putler.tenancy import tenant

PAUSE = 0.5  # seconds, while another job holds the lists


class Paused(PutlerError):
    """Nothing is read for this account at present."""


def ask(source: DataSource, *, now: datetime) -> None:
    """Have all that is new or may have changed read soon, and what failed tried again. Inside tenant()."""
    pacing.forget(source)
    for state in _states(source):
        changes: dict[str, Any] = {"due_at": now, "error": "", "tries": 0}
        if wanted := wanted_now(state, _stream(source, state), now):
            start, end = wanted.window
            changes |= {"window_kind": wanted.kind, "window_from": start, "window_to": end, "window_rows": 0}
        own = StreamState.objects.filter(account_id=source.account_id, pk=state.pk)
        own.filter(claim=state.claim, lease_until=None).update(**changes)  # else a job is reading it
        ring(state.account_id, state.pk)


def import_now(source: DataSource, *, report: Callable[[list[StreamState]], None], clock: Clock = timezone.now) -> None:
    """Read everything here and now, in turns with other jobs; `report` sees the lists after each round.

    Raises Paused where the account's trial has ended.
    """
    if source.account.is_paused(now=clock()):
        raise Paused("The account’s trial has ended; extend_trial lets it go on.")
    with tenant(source.account_id):
        ask(source, now=clock())
    while True:
        with tenant(source.account_id):
            states = _states(source)
            source.refresh_from_db(fields=["attention", "paced_until"])
        report(states)
        open_ones = [state for state in states if _is_open(source, state, clock())]
        if not open_ones or source.attention or source.account.is_paused(now=clock()):
            return
        if all(state.lease_until and state.lease_until > clock() for state in open_ones):
            time.sleep(PAUSE)
        for state in open_ones:
            import_slice(state.account_id, state.pk, clock=clock)


def _is_open(source: DataSource, state: StreamState, now: datetime) -> bool:
    """Whether more of the list can be read now; one that failed waits for its next try."""
    has_failed = (state.error and state.lease_until is None) or pacing.pause(source, now) > pacing.SHORT
    return not has_failed and next_window(state, _stream(source, state), now) is not None


def _states(source: DataSource) -> list[StreamState]:
    return list(StreamState.objects.filter(account_id=source.account_id, source=source).order_by("number"))


def _stream(source: DataSource, state: StreamState) -> Stream:
    return next(one for one in provider(source.provider).connector.streams if one.name == state.stream)
