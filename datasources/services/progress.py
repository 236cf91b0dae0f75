"""How far the reading of sources is, in numbers that were counted."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min

from accounts.models import Account
from datasources.connectors.registry import CONNECTORS
from datasources.connectors.streams import Stream
from datasources.models import FILES, Coverage, DataSource, ImportRun, RunState, StreamState, Transaction, coverage
from datasources.services.providers import provider


@dataclass(frozen=True, slots=True)
class StreamProgress:
    """One list of a source."""

    label: str
    state: StreamState

    @property
    def is_being_read(self) -> bool:
        return self.state.window_kind is not None


@dataclass(frozen=True, slots=True)
class Progress:
    """One source: what it holds, how far it is read, and at what pace.

    `rate`: records a second of the run in progress. `left`: the time that the rest may take, None where nobody knows.
    """

    source: DataSource
    label: str
    rows: int
    first: datetime | None
    last: datetime | None
    covered: Coverage
    run: ImportRun | None
    streams: tuple[StreamProgress, ...]
    rate: int
    left: timedelta | None
    is_sandbox: bool

    @property
    def is_importing(self) -> bool:
        """Whether history is still arriving."""
        return self.source.is_connected and not self.source.attention and not self.covered.is_whole

    @property
    def share(self) -> int | None:
        """How much of the time to be read is read, in percent; None before the newest part is."""
        done, whole = _spans([stream.state for stream in self.streams])
        return round(100 * (done / whole)) if whole else None

    @property
    def troubles(self) -> list[StreamProgress]:
        """The lists with which something is wrong."""
        return [stream for stream in self.streams if stream.state.error]

    @property
    def read_whole(self) -> list[StreamProgress]:
        """The lists that the server does not cut, so that they are read from end to end each time."""
        return [stream for stream in self.streams if stream.state.is_unfiltered]


def progress_of(account: Account, *, now: datetime) -> list[Progress]:
    """All linked sources of the account, by name. Inside tenant()."""
    sources = list(account.sources.filter(unlinked_at=None).order_by("name"))
    held = _held(account)
    states, runs = defaultdict(list), {}
    for state in StreamState.objects.filter(account=account).order_by("number"):
        states[state.source_id].append(state)
    for run in ImportRun.objects.filter(account=account, state=RunState.RUNNING):
        runs[run.source_id] = run
    return [_progress(source, held.get(source.pk), states[source.pk], runs.get(source.pk), now) for source in sources]


def _held(account: Account) -> dict[int, tuple[int, datetime, datetime]]:
    rows = Transaction.objects.filter(account=account).values("source").order_by()
    counted = rows.annotate(rows=Count("pk"), first=Min("occurred_at"), last=Max("occurred_at"))
    return {row["source"]: (row["rows"], row["first"], row["last"]) for row in counted}


def _progress(
    source: DataSource,
    held: tuple[int, datetime, datetime] | None,
    states: list[StreamState],
    run: ImportRun | None,
    now: datetime,
) -> Progress:
    rows, first, last = held or (0, None, None)
    rate = run.rows_read / max((now - run.started_at).total_seconds(), 1) if run else 0.0
    labels = {stream.name: stream.label for stream in _connector_streams(source)}
    return Progress(
        source=source,
        label="File" if source.provider == FILES else CONNECTORS[source.provider].label,
        rows=rows,
        first=first,
        last=last,
        covered=coverage(states),
        run=run,
        streams=tuple(StreamProgress(labels.get(state.stream, state.stream), state) for state in states),
        rate=round(rate),
        left=_left(states, now - run.started_at) if run else None,
        is_sandbox=source.is_connected and provider(source.provider).is_sandbox,
    )


def _connector_streams(source: DataSource) -> tuple[Stream, ...]:
    return CONNECTORS[source.provider].streams if source.is_connected else ()


def _spans(states: list[StreamState]) -> tuple[timedelta, timedelta]:
    """The time that is read of all lists together, and the time that is to be read."""
    done = whole = timedelta()
    for state in states:
        if state.tail_at and state.head_at and not state.is_refused:
            done += state.head_at - state.tail_at
            whole += state.head_at - state.floor_at
    return done, whole


def _left(states: list[StreamState], elapsed: timedelta) -> timedelta | None:
    """As if older spans were as dense as those read so far, at the pace since the run began."""
    done, whole = _spans(states)
    if not done or any(state.head_at is None for state in states if not state.is_refused):
        return None
    return elapsed * ((whole - done) / done)
