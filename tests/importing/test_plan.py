"""Which span is read next: everything once, the newest first, and again what may have changed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from datasources.connectors.streams import WHOLE_LIST, Stream, Window
from datasources.importing.plan import (
    EVERY,
    EVERY_WHOLE,
    FIRST,
    HEAD,
    HISTORY,
    REREAD,
    REREAD_EVERY,
    Planned,
    due_again,
    next_part,
    next_window,
    reach_after,
    wanted_now,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass
class State:
    """How far a list is read, without a database."""

    floor_at: datetime
    tail_at: datetime | None = None
    head_at: datetime | None = None
    reread_at: datetime | None = None
    warm_at: datetime | None = None
    nudged_at: datetime | None = None
    window_kind: str | None = None
    window_from: datetime | None = None
    window_to: datetime | None = None
    is_unfiltered: bool = False
    again_from: datetime | None = None
    again_to: datetime | None = None


def stream(**fields: timedelta | None) -> Stream:
    plain = Stream("things", "Things", "to know", "/things", msgspec.Struct)
    return replace(plain, **fields)  # type: ignore[arg-type]


def done(state: State, planned: Planned, of: Stream, now: datetime) -> Planned | None:
    """Write down that a span is read, as a slice does; answers what goes on with it."""
    rest = next_part(state, of, planned, now)
    state.tail_at, state.head_at, state.reread_at, state.warm_at = reach_after(state, planned, now)
    start, end = rest.window if rest else (None, None)
    state.window_kind, state.window_from, state.window_to = rest and rest.kind, start, end
    return rest


def read_all(state: State, of: Stream, now: datetime, pace: timedelta = timedelta()) -> tuple[list[Planned], datetime]:
    """Follow the plan until there is nothing to do; each span takes `pace`."""
    spans: list[Planned] = []
    while planned := next_window(state, of, now):
        spans.append(planned)
        assert len(spans) < 3000
        now += pace
        done(state, planned, of, now)
    return spans, now


def whole(age: timedelta) -> State:
    """A list of that age that was read to the present a moment ago."""
    return State(NOW - age, NOW - age, NOW, NOW)


def test_the_newest_month_is_read_first() -> None:
    assert next_window(State(NOW - 900 * DAY), stream(), NOW) == Planned(HEAD, Window(NOW - FIRST, NOW))


def test_history_doubles_what_is_read() -> None:
    spans, _ = read_all(State(NOW - 200 * DAY), stream(), NOW)

    assert [(span.kind, (NOW - span.window.start).days) for span in spans] == [
        (HEAD, 30),
        (HISTORY, 60),
        (HISTORY, 120),
        (HISTORY, 200),
    ]


def test_a_span_in_progress_goes_on() -> None:
    state = State(NOW - 9 * DAY, window_kind=HISTORY, window_from=NOW - 9 * DAY, window_to=NOW - DAY)

    assert next_window(state, stream(), NOW) == Planned(HISTORY, Window(NOW - 9 * DAY, NOW - DAY))


def test_what_is_new_comes_before_what_is_old() -> None:
    state = State(NOW - 900 * DAY, NOW - 60 * DAY, NOW - EVERY)

    planned = next_window(state, stream(overlap=MINUTE), NOW)
    assert planned == Planned(HEAD, Window(NOW - EVERY - MINUTE, NOW))


def test_nothing_is_read_between_two_looks() -> None:
    assert next_window(whole(90 * DAY), stream(horizon=30 * DAY), NOW + EVERY - MINUTE) is None


def test_a_look_falls_due_when_there_is_one_to_take() -> None:
    state, of = whole(90 * DAY), stream(horizon=30 * DAY)

    due = due_again(state, of)
    assert next_window(state, of, due - MINUTE) is None
    assert next_window(state, of, due)


def test_what_may_have_changed_is_read_again_once_a_day() -> None:
    state, of = whole(90 * DAY), stream(horizon=30 * DAY)
    rereads = []
    for look in range(3 * 144 + 1):
        spans, _ = read_all(state, of, NOW + look * EVERY)
        rereads += [NOW + look * EVERY for span in spans if span.kind == REREAD]

    assert rereads == [NOW + day * DAY for day in (1, 2, 3)]


def test_a_list_that_was_just_read_whole_is_not_read_again_at_once() -> None:
    spans, _ = read_all(State(NOW - 9 * DAY), stream(horizon=WHOLE_LIST), NOW)

    assert [span.kind for span in spans] == [HEAD]


def test_a_reread_longer_than_one_request_may_ask_for_goes_on_in_parts() -> None:
    state, of = whole(300 * DAY), stream(horizon=90 * DAY, max_window=31 * DAY)
    now = NOW + REREAD_EVERY
    spans, _ = read_all(replace(state, head_at=now), of, now)

    assert [span.kind for span in spans] == [REREAD] * 3
    assert spans[0].window.start == now - 90 * DAY
    assert [span.window.end for span in spans[:-1]] == [span.window.start for span in spans[1:]]
    assert spans[-1].window.end == now


def test_an_unfiltered_list_is_one_span_each_hour() -> None:
    state, of = State(NOW - 900 * DAY, is_unfiltered=True), stream(horizon=30 * DAY)
    spans, _ = read_all(state, of, NOW)
    assert [span.kind for span in spans] == [HEAD]
    assert next_window(state, of, NOW + EVERY_WHOLE - MINUTE) is None

    planned = next_window(state, of, NOW + EVERY_WHOLE)
    assert planned == Planned(HEAD, Window(NOW - 900 * DAY, NOW + EVERY_WHOLE))


def test_who_asks_gets_all_that_is_new_or_may_have_changed() -> None:
    state = whole(300 * DAY)

    assert wanted_now(state, stream(overlap=DAY), NOW + MINUTE) == Planned(HEAD, Window(NOW - DAY, NOW + MINUTE))
    wanted = wanted_now(state, stream(horizon=30 * DAY), NOW + MINUTE)
    assert wanted == Planned(REREAD, Window(NOW + MINUTE - 30 * DAY, NOW + MINUTE))


def test_who_asks_while_reading_goes_on_gets_nothing_more() -> None:
    state = replace(whole(300 * DAY), window_kind=HEAD, window_from=NOW, window_to=NOW)

    assert wanted_now(state, stream(), NOW + DAY) is None
    assert wanted_now(State(NOW - DAY), stream(), NOW) is None


def test_what_was_asked_for_never_forgets_what_was_read() -> None:
    state, of = whole(300 * DAY), stream(horizon=90 * DAY, max_window=31 * DAY)
    wanted = wanted_now(state, of, NOW + DAY)
    assert wanted
    done(state, wanted, of, NOW + DAY)

    assert state.head_at == NOW


spans_of_time = st.integers(1, 400).map(lambda days: days * DAY)
streams = st.builds(
    stream,
    overlap=st.integers(0, 60 * 24).map(lambda minutes: minutes * MINUTE),
    horizon=st.none() | spans_of_time,
    max_window=st.none() | st.integers(3, 90).map(lambda days: days * DAY),
)


@settings(max_examples=150, deadline=None)
@given(of=streams, age=st.integers(0, 3000).map(lambda days: days * DAY), pace=st.integers(0, 200))
def test_all_of_a_list_is_read_without_a_gap_the_newest_first(of: Stream, age: timedelta, pace: int) -> None:
    state = State(NOW - age)
    spans, _ = read_all(state, of, NOW, timedelta(seconds=pace))
    first, *rest = spans
    history = [span.window for span in rest if span.kind == HISTORY]

    assert first.kind == HEAD
    assert first.window.end == NOW
    edges = [first.window.start, *(window.start for window in history)]
    assert [window.end for window in history] == edges[:-1]  # each ends where the one before began: nothing twice
    assert edges[-1] == state.floor_at
    assert all(of.max_window is None or span.window.end - span.window.start <= of.max_window for span in spans)


@settings(max_examples=150, deadline=None)
@given(
    of=streams,
    age=st.integers(0, 900).map(lambda days: days * DAY),
    pauses=st.lists(st.integers(1, 60 * 24 * 40).map(lambda minutes: minutes * MINUTE), max_size=12),
)
def test_later_looks_cover_all_that_is_new(of: Stream, age: timedelta, pauses: list[timedelta]) -> None:
    state, now = State(NOW - age), NOW
    _, now = read_all(state, of, now)
    for pause in pauses:
        before, now = state.head_at, now + pause
        assert before
        spans, now = read_all(state, of, now)
        reached = before
        for span in (span for span in spans if span.kind in {HEAD, REREAD}):
            if span.kind == HEAD:
                assert span.window.start <= max(state.floor_at, reached - of.overlap)
            reached = max(reached, span.window.end)
        assert state.head_at == reached
        assert now - reached < EVERY
    assert state.tail_at == state.floor_at


@settings(max_examples=100, deadline=None)
@given(of=streams, age=st.integers(0, 900).map(lambda days: days * DAY), days=st.integers(1, 5))
def test_what_may_have_changed_is_covered_every_day(of: Stream, age: timedelta, days: int) -> None:
    state = State(NOW - age)
    read_all(state, of, NOW)
    for day in range(1, days + 1):
        now = NOW + day * DAY + EVERY
        spans, _ = read_all(state, of, now)
        parts = [span.window for span in spans if span.kind == REREAD]
        if of.horizon:
            assert parts[0].start <= max(state.floor_at, now - of.horizon)
            assert all(one.end == other.start for one, other in zip(parts, parts[1:], strict=False))
            assert now - parts[-1].end < EVERY
        else:
            assert not parts
