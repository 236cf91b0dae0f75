"""What a merchant asks of a source while it is linked: to pause, to go on, to read a span of time again."""

from datetime import datetime

from django.db.models import F

from datasources.importing.claims import ring
from datasources.importing.foreground import ask
from datasources.models import DataSource, StreamState, WindowKind
from datasources.services.unlinking import stop_reading, told_of
from putler.kernel.errors import PutlerError
from putler.kernel.periods import Interval
from putler.tenancy import tenant


class NotNow(PutlerError):
    """The source cannot do this as it is; the text says why."""


def pause(source: DataSource, *, now: datetime) -> None:
    """Read nothing of it until it is resumed; a job at work stops at its next page. Inside tenant()."""
    own = DataSource.objects.filter(account_id=source.account_id, pk=source.pk, unlinked_at=None, paused_at=None)
    if own.update(paused_at=now):
        source.paused_at = now
        stop_reading(source, now=now)
        told_of(source, "paused")


def resume(source: DataSource, *, now: datetime) -> None:
    """Go on where it stopped, with all that is new since. Inside tenant()."""
    own = DataSource.objects.filter(account_id=source.account_id, pk=source.pk, unlinked_at=None)
    if own.exclude(paused_at=None).update(paused_at=None):
        source.paused_at = None
        ask(source, now=now)
        told_of(source, "resumed")


def read_again(source: DataSource, span: Interval, *, now: datetime) -> None:
    """Have every list read once more over a span of creation. Raises NotNow while the source is not read at all.

    What is told as before is not touched, so nothing is there twice.
    """
    with tenant(source.account_id):
        own = DataSource.objects.select_for_update(no_key=True).filter(account_id=source.account_id, pk=source.pk)
        if not own.filter(unlinked_at=None, paused_at=None, attention="").exists():
            raise NotNow(f"{source.name} is not being read at the moment.")
        for state in StreamState.objects.filter(account_id=source.account_id, source=source).order_by("number"):
            start, end = max(span.start, state.floor_at), min(span.end, now)
            if start < end and not state.is_refused:
                _ask_again(state, start, end, now)
        told_of(source, "read_again")


def _ask_again(state: StreamState, start: datetime, end: datetime, now: datetime) -> None:
    """Put the span into the list's row, for after what it is reading; one that was asked for before is given up."""
    own = StreamState.objects.filter(account_id=state.account_id, pk=state.pk)
    own.filter(window_kind=WindowKind.AGAIN).update(
        claim=F("claim") + 1, lease_until=None, window_kind=None, window_from=None, window_to=None, position=""
    )
    own.update(again_from=start, again_to=end, error="", tries=0)
    own.filter(lease_until=None).update(due_at=now)
    ring(state.account_id, state.pk)
