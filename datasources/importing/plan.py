"""Which span of a list is read next: a pure function of how far it is read, what the list declares, and the time.

The newest span comes first and serves the pages; then history, each span as long as all that was read before it; then
only what is new, and what may have changed: of the last days every hour, of all the time in which records change once a
day. A webhook brings the next look forward.
"""

from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from datasources.connectors.streams import Stream, Window

FIRST = timedelta(days=30)  # the span that is read before all else
EVERY = timedelta(minutes=10)  # between two looks at what is new
EVERY_WHOLE = timedelta(hours=1)  # the same for a list that can only be read whole
NUDGED = timedelta(seconds=30)  # between two looks at least, however often a webhook rings
LAST_DAYS = timedelta(days=3)  # in which most changes happen
WARM_EVERY = timedelta(hours=1)
REREAD_EVERY = timedelta(days=1)

HEAD, HISTORY, WARM, REREAD, AGAIN = "head", "history", "warm", "reread", "again"


class State(Protocol):
    """How far a list is read; models.StreamState is one."""

    floor_at: datetime
    tail_at: datetime | None
    head_at: datetime | None
    reread_at: datetime | None
    warm_at: datetime | None
    nudged_at: datetime | None
    window_kind: str | None
    window_from: datetime | None
    window_to: datetime | None
    is_unfiltered: bool
    again_from: datetime | None
    again_to: datetime | None


class Planned(NamedTuple):
    """A span to read, and what for."""

    kind: str
    window: Window


class Reach(NamedTuple):
    """How far a list is read once a span is done."""

    tail_at: datetime | None
    head_at: datetime | None
    reread_at: datetime | None
    warm_at: datetime | None


def next_window(state: State, stream: Stream, now: datetime) -> Planned | None:
    """The span in progress, else the next one; None while there is nothing to do."""
    if state.window_kind and state.window_from and state.window_to:
        return Planned(state.window_kind, Window(state.window_from, state.window_to))
    if state.head_at is None or state.tail_at is None:
        return Planned(HEAD, Window(max(state.floor_at, now - (stream.max_window or FIRST)), now))
    if now - state.head_at >= _pause(state):
        return _news(state, stream, state.head_at - stream.overlap, now)
    if state.again_from and state.again_to:
        return Planned(AGAIN, _asked_again(state.again_from, state.again_to, state, stream))
    if state.tail_at > state.floor_at:
        span = min(now - state.tail_at, stream.max_window or now - state.tail_at)
        return Planned(HISTORY, Window(max(state.floor_at, state.tail_at - span), state.tail_at))
    return _changes(state, stream, now)


def wanted_now(state: State, stream: Stream, now: datetime) -> Planned | None:
    """The span that somebody who asks wants read: all that is new or may have changed. None while reading goes on."""
    if state.window_kind or state.head_at is None:
        return None
    if stream.horizon and not state.is_unfiltered:
        return _reread(state, stream, now)
    return _news(state, stream, state.head_at - stream.overlap, now)


def next_part(state: State, stream: Stream, planned: Planned, now: datetime) -> Planned | None:
    """What is left to read again after a span that was cut to what one request may ask for."""
    end = planned.window.end
    if planned.kind not in {WARM, REREAD} or state.is_unfiltered or state.head_at is None or end >= state.head_at:
        return None
    return Planned(planned.kind, _latest(end, now, stream))


def left_again(state: State, planned: Planned) -> tuple[datetime | None, datetime | None]:
    """What is left of a span that somebody wants read again, once this part of it is."""
    end = planned.window.end
    is_done = state.again_to is None or end >= state.again_to or state.is_unfiltered
    return (None, None) if is_done else (end, state.again_to)


def reach_after(state: State, planned: Planned, now: datetime) -> Reach:
    """How far the list is read when the span is."""
    start, end = planned.window
    if planned.kind == AGAIN:
        return Reach(state.tail_at, state.head_at, state.reread_at, state.warm_at)
    head_at = max(state.head_at or end, end)
    if state.is_unfiltered:
        return Reach(state.floor_at, head_at, now, now)
    if planned.kind in {WARM, REREAD}:
        is_done = state.head_at is None or end >= state.head_at
        reread_at = now if is_done and planned.kind == REREAD else state.reread_at
        return Reach(state.tail_at, head_at, reread_at, now if is_done else state.warm_at)
    tail_at = start if planned.kind == HISTORY else state.tail_at or start
    is_first_whole = tail_at <= state.floor_at and state.reread_at is None
    return Reach(tail_at, head_at, *((now, now) if is_first_whole else (state.reread_at, state.warm_at)))


def due_again(state: State, stream: Stream) -> datetime:
    """When the next span falls due, for a list that has nothing to do now."""
    if state.head_at is None:
        return state.floor_at
    soon = state.head_at + _pause(state)
    if stream.horizon and state.reread_at and not state.is_unfiltered:
        return min(soon, state.reread_at + REREAD_EVERY, (state.warm_at or state.reread_at) + WARM_EVERY)
    return soon


def has_news(state: State) -> bool:
    """Whether a webhook has told of something since the last look."""
    return state.nudged_at is not None and state.head_at is not None and state.nudged_at >= state.head_at


def _pause(state: State) -> timedelta:
    if state.is_unfiltered:
        return EVERY if has_news(state) else EVERY_WHOLE
    return NUDGED if has_news(state) else EVERY


def _news(state: State, stream: Stream, since: datetime, now: datetime) -> Planned:
    """What was created since then; all of a list that cannot be cut."""
    if state.is_unfiltered:
        return Planned(HEAD, Window(state.floor_at, now))
    return Planned(HEAD, _latest(max(state.floor_at, since), now, stream))


def _changes(state: State, stream: Stream, now: datetime) -> Planned | None:
    """What may have changed, where it is time to look: of all the time, or of the last days."""
    if not stream.horizon or state.is_unfiltered:
        return None
    if now - (state.reread_at or state.floor_at) >= REREAD_EVERY:
        return _reread(state, stream, now)
    if now - (state.warm_at or state.reread_at or state.floor_at) >= WARM_EVERY:
        return Planned(WARM, _again(state, stream, min(stream.horizon, LAST_DAYS), now))
    return None


def _reread(state: State, stream: Stream, now: datetime) -> Planned:
    return Planned(REREAD, _again(state, stream, stream.horizon or stream.overlap, now))


def _again(state: State, stream: Stream, span: timedelta, now: datetime) -> Window:
    """What was created in that span, and what is new."""
    since = (state.head_at or now) - stream.overlap
    return _latest(max(state.floor_at, min(since, now - span)), now, stream)


def _asked_again(start: datetime, end: datetime, state: State, stream: Stream) -> Window:
    """The span that somebody wants read again, or its first part; a list that cannot be cut is read whole."""
    if state.is_unfiltered:
        return Window(state.floor_at, max(state.head_at or end, end))
    return _latest(start, end, stream)


def _latest(start: datetime, end: datetime, stream: Stream) -> Window:
    """The span, cut to what one request may ask for, its beginning first."""
    return Window(start, min(end, start + stream.max_window) if stream.max_window else end)
