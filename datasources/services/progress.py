"""How far the reading of sources is, in numbers that were counted."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import groupby

from accounts.models import Account
from datasources.connectors.registry import CONNECTORS
from datasources.connectors.streams import Stream
from datasources.models import FILES, Coverage, DataSource, ImportRun, RunState, StreamState, coverage
from datasources.services.providers import provider

FIRST_RUN = timedelta(minutes=10)  # after it was connected, the run of a source is its first


class Reading(IntEnum):
    """How a source is, in one word; the lowest number first wants to be seen."""

    ATTENTION = 1  # only the merchant can help
    TROUBLE = 2  # something failed, and is tried again by itself
    IMPORTING = 3  # history is still arriving
    DONE = 4
    FILES = 5  # read from files, so never by us
    PAUSED = 6  # by the merchant
    LEAVING = 7  # unlinked, to be deleted


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with some lists; `is_refused`: the server does not offer them, and never may.

    `is_given_up`: they were tried often enough, and wait for a person.
    """

    labels: str
    error: str
    is_refused: bool
    is_given_up: bool


@dataclass(frozen=True, slots=True)
class StreamProgress:
    """One list of a source."""

    label: str
    state: StreamState

    @property
    def word(self) -> str:
        """How it is, in a word for templates."""
        state = self.state
        if state.is_refused:
            return "refused"
        if state.error:
            return "failed"
        if state.lease_until:
            return "reading"
        if state.again_to:
            return "again"
        return "done" if state.is_complete else "history" if state.head_at else "waiting"


@dataclass(frozen=True, slots=True)
class Progress:
    """One source: what it holds, how far it is read, and at what pace.

    `rate`: records a second of the run in progress. `share`: how much of the time to be read is read, in percent; None
    before the newest part is. `left`: the time that the rest may take, None where nobody knows.
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
    share: int | None
    left: timedelta | None
    is_sandbox: bool

    @property
    def reading(self) -> Reading:
        """How it is."""
        if self.source.unlinked_at:
            return Reading.LEAVING
        if not self.source.is_connected:
            return Reading.FILES
        if self.source.paused_at:
            return Reading.PAUSED
        if self.source.attention or any(trouble.is_given_up for trouble in self.troubles):
            return Reading.ATTENTION
        if any(not trouble.is_refused for trouble in self.troubles):
            return Reading.TROUBLE
        return Reading.DONE if self.covered.is_whole else Reading.IMPORTING

    @property
    def word(self) -> str:
        """The same for templates."""
        return self.reading.name.lower()

    @property
    def is_importing(self) -> bool:
        """Whether history is still to come."""
        return self.reading in {Reading.IMPORTING, Reading.TROUBLE} and not self.covered.is_whole

    @property
    def is_busy(self) -> bool:
        """Whether something on its page may change within moments."""
        is_at_work = self.run is not None or any(one.state.again_to for one in self.streams)
        return self.is_importing or (is_at_work and self.reading is Reading.DONE) or bool(self.source.purging_at)

    @property
    def next_at(self) -> datetime | None:
        """When it is next looked at; None where it is not, or is at this moment."""
        return min((one.state.due_at for one in self.streams if one.state.due_at), default=None)

    @property
    def synced_at(self) -> datetime | None:
        """Up to when all of it is read."""
        return self.covered.until

    @property
    def troubles(self) -> list[Trouble]:
        """What is wrong, the lists with the same trouble together."""
        states = [(one.state, one.label) for one in self.streams if one.state.error]
        failed = [
            (state.error, state.is_refused, not state.is_refused and state.due_at is None, label)
            for state, label in states
        ]
        grouped = groupby(sorted(failed), key=lambda one: one[:3])
        return [Trouble(_listed([label for *_, label in some]), *what) for what, some in grouped]

    @property
    def rings(self) -> bool:
        """Whether its provider can say that something is new."""
        return self.source.is_connected and CONNECTORS[self.source.provider].webhook is not None

    @property
    def read_whole(self) -> str:
        """The lists that the server does not cut, so that they are read from end to end each time."""
        return _listed([stream.label for stream in self.streams if stream.state.is_unfiltered])


def progress_of(account: Account, *, now: datetime, only: DataSource | None = None) -> list[Progress]:
    """All linked sources of the account: first those with which something is wrong, then by name. Inside tenant().

    `only`: this one instead, linked or not. No row of the ledger is looked at.
    """
    sources = [only] if only else list(account.sources.filter(unlinked_at=None).order_by("name"))
    states, runs = defaultdict(list), {}
    for state in StreamState.objects.filter(account=account, source__in=sources).order_by("number"):
        states[state.source_id].append(state)
    for run in ImportRun.objects.filter(account=account, source__in=sources, state=RunState.RUNNING):
        runs[run.source_id] = run
    found = [_progress(source, states[source.pk], runs.get(source.pk), now) for source in sources]
    return sorted(found, key=lambda one: min(one.reading, Reading.IMPORTING))


def _listed(labels: list[str]) -> str:
    """The words in one line: Charges, Refunds and Disputes."""
    return " and ".join(filter(None, (", ".join(labels[:-1]), *labels[-1:])))


def _progress(source: DataSource, states: list[StreamState], run: ImportRun | None, now: datetime) -> Progress:
    rate = run.rows_read / max((now - run.started_at).total_seconds(), 1) if run else 0.0
    labels = {stream.name: stream.label for stream in _connector_streams(source)}
    return Progress(
        source=source,
        label="File" if source.provider == FILES else CONNECTORS[source.provider].label,
        rows=source.row_count,
        first=source.first_at if source.row_count else None,
        last=source.last_at if source.row_count else None,
        covered=coverage(states),
        run=run,
        streams=tuple(StreamProgress(labels.get(state.stream, state.stream), state) for state in states),
        rate=round(rate),
        share=None if (share := _share(states)) is None else round(100 * share),
        left=_left(source, run, states, now),
        is_sandbox=source.is_connected and provider(source.provider).is_sandbox,
    )


def _connector_streams(source: DataSource) -> tuple[Stream, ...]:
    return CONNECTORS[source.provider].streams if source.is_connected else ()


def _left(source: DataSource, run: ImportRun | None, states: list[StreamState], now: datetime) -> timedelta | None:
    """The time that the rest takes at the pace so far; None for a later run, which knows only its own part."""
    share = _share(states)
    if not run or not share or run.started_at - source.connected_at > FIRST_RUN:
        return None
    return (now - run.started_at) * (1 - share) / share


def _share(states: list[StreamState]) -> float | None:
    """How much of the time to be read is read; None before the newest part of every list is."""
    told = [state for state in states if not state.is_refused and not state.is_aside]
    spans = [
        (state.head_at - state.tail_at, state.head_at - state.floor_at)
        for state in told
        if state.tail_at and state.head_at
    ]
    whole = sum((all_of_it for _, all_of_it in spans), timedelta())
    return sum((done for done, _ in spans), timedelta()) / whole if whole and len(spans) == len(told) else None
