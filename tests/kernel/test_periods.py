"""Periods: days cut at local midnights, and what each period is compared with (docs/metrics.md, E4 and E14)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from putler.kernel.periods import (
    Interval,
    Kind,
    Period,
    add_months,
    last_days,
    local_day,
    midnight,
    month_of,
    quarter_of,
    week_of,
    year_of,
)

BERLIN = ZoneInfo("Europe/Berlin")
# Ordinary zones, half hours, clock changes of half an hour and at midnight, and one that left a day out.
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/Havana",
    "Asia/Beirut",
    "Africa/Cairo",
    "America/Scoresbysund",
    "Pacific/Apia",
    "Pacific/Chatham",
]
zones = st.sampled_from(ZONES).map(ZoneInfo)
seconds = st.integers(0, 27 * 365 * 24 * 60 * 60)
instants = seconds.map(lambda number: datetime(2011, 1, 1, tzinfo=UTC) + timedelta(seconds=number))
lengths = st.integers(0, 400)
days = st.dates(date(2011, 1, 1), date(2037, 12, 31))
periods = st.builds(lambda first, length, zone: Period(first, first + timedelta(length), zone), days, lengths, zones)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def month(text: str, zone: ZoneInfo = BERLIN) -> Period:
    return month_of(date.fromisoformat(f"{text}-01"), zone)


# Days


@pytest.mark.rule("E4")
@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Europe/Berlin", "2026-10-26", 24),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("America/Sao_Paulo", "2018-11-04", 23),
        ("Pacific/Apia", "2011-12-30", 0),
    ],
)
def test_a_day_has_as_many_hours_as_its_clock(zone: str, day: str, hours: float) -> None:
    on = date.fromisoformat(day)
    period = Period(on, on, ZoneInfo(zone))

    assert period.end - period.start == timedelta(hours=hours)


@pytest.mark.rule("E4")
@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("Europe/Berlin", "2026-02-01", "2026-01-31 23:00"),
        ("Asia/Kathmandu", "2026-02-01", "2026-01-31 18:15"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04 03:00"),  # 00:00 does not exist: the day begins at 01:00
        ("Asia/Beirut", "2026-03-29", "2026-03-28 22:00"),  # the same
        ("America/Havana", "2026-11-01", "2026-11-01 04:00"),  # 00:00 comes twice: the first one
    ],
)
def test_a_day_begins_with_its_first_instant(zone: str, day: str, instant: str) -> None:
    assert midnight(date.fromisoformat(day), ZoneInfo(zone)) == utc(instant)


@pytest.mark.rule("E4")
@given(periods)
def test_days_partition_their_period(period: Period) -> None:
    parts = [Period(day, day, period.zone).interval for day in period.days()]

    assert parts[0].start == period.start
    assert parts[-1].end == period.end
    assert all(earlier.end == later.start for earlier, later in zip(parts, parts[1:], strict=False))
    assert all(part.start <= part.end for part in parts)


@pytest.mark.rule("E4")
@given(instants, zones)
def test_every_instant_is_inside_its_local_day_and_no_other(instant: datetime, zone: ZoneInfo) -> None:
    day = local_day(instant, zone)
    around = [Period(day + timedelta(n), day + timedelta(n), zone) for n in (-2, -1, 0, 1, 2)]

    assert [period.first for period in around if period.start <= instant < period.end] == [day]


@pytest.mark.rule("E4")
@given(periods)
def test_the_edges_of_a_period_are_half_open(period: Period) -> None:
    if period.start < period.end:
        assert period.first <= local_day(period.start, period.zone)
        assert local_day(period.end - timedelta(microseconds=1), period.zone) <= period.last
        assert local_day(period.end, period.zone) > period.last


@given(periods)
def test_a_period_has_as_many_days_as_it_counts(period: Period) -> None:
    assert len(list(period.days())) == period.day_count == (period.last - period.first).days + 1


# Periods of a kind


@pytest.mark.parametrize(
    ("make", "day", "first", "last", "kind"),
    [
        (month_of, "2026-02-17", "2026-02-01", "2026-02-28", Kind.MONTH),
        (month_of, "2024-02-17", "2024-02-01", "2024-02-29", Kind.MONTH),
        (month_of, "2026-12-31", "2026-12-01", "2026-12-31", Kind.MONTH),
        (quarter_of, "2026-03-31", "2026-01-01", "2026-03-31", Kind.QUARTER),
        (quarter_of, "2026-11-01", "2026-10-01", "2026-12-31", Kind.QUARTER),
        (year_of, "2024-02-29", "2024-01-01", "2024-12-31", Kind.YEAR),
        (week_of, "2026-03-01", "2026-02-23", "2026-03-01", Kind.WEEK),  # a Sunday
        (week_of, "2026-03-02", "2026-03-02", "2026-03-08", Kind.WEEK),  # a Monday
    ],
)
def test_calendar_periods(make: object, day: str, first: str, last: str, kind: Kind) -> None:
    period = make(date.fromisoformat(day), BERLIN)  # type: ignore[operator]

    assert (str(period.first), str(period.last), period.kind) == (first, last, kind)


def test_the_last_days_include_today() -> None:
    period = last_days(7, today=date(2026, 3, 3), zone=BERLIN)

    assert (period.first, period.last, period.kind) == (date(2026, 2, 25), date(2026, 3, 3), Kind.DAYS)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2024-02-29", -12, "2023-02-28"),
    ],
)
def test_months_are_added_within_the_calendar(day: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


# Comparison


@pytest.mark.rule("E14")
@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (month("2026-03"), "2026-02-01", "2026-02-28"),
        (month("2026-01"), "2025-12-01", "2025-12-31"),
        (quarter_of(date(2026, 2, 1), BERLIN), "2025-10-01", "2025-12-31"),
        (year_of(date(2025, 2, 1), BERLIN), "2024-01-01", "2024-12-31"),
        (week_of(date(2026, 3, 5), BERLIN), "2026-02-23", "2026-03-01"),
        (last_days(30, today=date(2026, 3, 31), zone=BERLIN), "2026-01-31", "2026-03-01"),
        (Period(date(2026, 3, 1), date(2026, 3, 1), BERLIN), "2026-02-28", "2026-02-28"),
    ],
)
def test_the_previous_period_is_of_the_same_kind(period: Period, first: str, last: str) -> None:
    previous = period.previous()

    assert (str(previous.first), str(previous.last), previous.kind) == (first, last, period.kind)


@pytest.mark.rule("E14")
@given(periods, st.sampled_from([week_of, month_of, quarter_of, year_of, None]))
def test_the_previous_period_ends_where_this_one_begins(period: Period, make: object) -> None:
    whole = make(period.first, period.zone) if make else period  # type: ignore[operator]

    assert whole.previous().end == whole.start


@pytest.mark.rule("E14")
@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period(date(2024, 2, 29), date(2024, 2, 29), BERLIN), "2023-02-28", "2023-02-28"),
        (Period(date(2024, 2, 20), date(2024, 3, 5), BERLIN), "2023-02-20", "2023-03-05"),
        (month("2024-02"), "2023-02-01", "2023-02-28"),
        (month("2025-02"), "2024-02-01", "2024-02-29"),
        (quarter_of(date(2026, 2, 1), BERLIN), "2025-01-01", "2025-03-31"),
    ],
)
def test_the_year_before_has_the_same_days(period: Period, first: str, last: str) -> None:
    before = period.year_before()

    assert (str(before.first), str(before.last)) == (first, last)


@pytest.mark.rule("E14")
@pytest.mark.parametrize(
    ("current", "now", "end"),
    [
        (month("2026-03"), "2026-03-31 13:00", "2026-02-28 23:00"),  # 15:00 in Berlin ↔ all of February
        (month("2026-03"), "2026-03-10 11:30", "2026-02-10 11:30"),
        (month("2026-04"), "2026-04-10 10:30", "2026-03-10 11:30"),  # 12:30 in summer ↔ 12:30 in winter
        (month("2026-03"), "2026-02-28 23:00", "2026-01-31 23:00"),  # its first instant ↔ nothing
        (month("2026-03"), "2026-02-01 12:00", "2026-01-31 23:00"),  # not begun ↔ nothing
        (month("2026-03"), "2026-03-31 22:00", "2026-02-28 23:00"),  # over ↔ all of it
        (month("2026-02"), "2026-02-28 22:59", "2026-01-28 22:59"),
        (month("2026-02"), "2026-02-28 23:00", "2026-01-31 23:00"),  # over ↔ all of the longer month too
    ],
)
def test_a_running_period_is_compared_with_as_much_of_the_previous(current: Period, now: str, end: str) -> None:
    previous = current.previous()

    assert previous.elapsed_like(current, now=utc(now)) == Interval(previous.start, utc(end))


@pytest.mark.rule("E14")
def test_elapsed_time_is_that_of_the_clock_on_the_wall() -> None:
    sunday = Period(date(2026, 3, 29), date(2026, 3, 29), BERLIN)  # at 04:00, three hours have passed
    saturday = sunday.previous()

    assert saturday.elapsed_like(sunday, now=utc("2026-03-29 02:00")).end == utc("2026-03-28 03:00")


@pytest.mark.rule("E14")
@given(periods, instants)
def test_the_elapsed_part_never_leaves_its_period(period: Period, now: datetime) -> None:
    previous = period.previous()
    part = previous.elapsed_like(period, now=now)

    assert previous.start == part.start <= part.end <= previous.end
