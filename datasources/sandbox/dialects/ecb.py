"""The ECB: its euro reference rates, real as far as a history reaches, and invented from there on.

Source: https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from ..wire import Answer, Request, told

PREFIX: Final = "/ecb"
LAST_90_DAYS: Final = "/stats/eurofxref/eurofxref-hist-90d.xml"
HISTORY: Final = "/stats/eurofxref/eurofxref-hist.zip"
CSV: Final = "eurofxref-hist.csv"
PUBLISHED: Final = time(15)  # UTC: a day's rates are told from then on
DAY: Final = timedelta(days=1)
SATURDAY: Final = 5
HOLIDAYS: Final = ((1, 1), (5, 1), (12, 25), (12, 26))  # months and days; Easter is not told apart
SWAY: Final = 30  # at most so many hundredths of a per cent a day
PULL: Final = 50  # days in which a rate would return to the last known one
DIGITS: Final = Context(prec=5)  # as many as the bank gives
NONE: Final = "N/A"
XML: Final = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" \
xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">\
<gesmes:subject>Reference rates</gesmes:subject>\
<gesmes:Sender><gesmes:name>European Central Bank (Sandbox)</gesmes:name></gesmes:Sender>\
<Cube>{days}</Cube></gesmes:Envelope>"""


class Day(NamedTuple):
    """What one euro bought on a day, by currency and as it is written."""

    on: date
    rates: dict[str, str]


class Ecb:
    """The dialect: the two files that the bank publishes of its past rates, newest day first."""

    def __init__(self, history: Path, *, now: Callable[[], datetime]) -> None:
        """Go on from where the bank's own zipped history ends; tell what is published by `now`."""
        self._known, self._now = list(_read(history)), now

    def handle(self, request: Request) -> Answer:
        """Answer any request."""
        if request.method == "GET" and request.path == LAST_90_DAYS:
            return Answer(200, self._xml().encode(), "text/xml")
        if request.method == "GET" and request.path == HISTORY:
            return Answer(200, self._zip(), "application/zip")
        return told({"error": f"The sandbox has {LAST_90_DAYS} and {HISTORY} of the ECB."}, status=404)

    def _days(self) -> Iterator[Day]:
        """Yield all days that are published, newest first."""
        now = self._now().astimezone(UTC)
        last = now.date() if now.time() >= PUBLISHED else now.date() - DAY
        yield from reversed(list(invent(self._known[0], until=last)))
        yield from (day for day in self._known if day.on <= last)

    def _xml(self) -> str:
        since = self._now().astimezone(UTC).date() - 90 * DAY
        return XML.format(days="".join(_cube(day) for day in self._days() if day.on >= since))

    def _zip(self) -> bytes:
        columns = list(dict.fromkeys(currency for day in self._known for currency in day.rates))
        days = ([day.on.isoformat(), *(day.rates.get(one, NONE) for one in columns)] for day in self._days())
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
            zipped.writestr(CSV, "".join(f"{','.join(line)},\n" for line in (["Date", *columns], *days)))
        return packed.getvalue()


def invent(known: Day, *, until: date) -> Iterator[Day]:
    """Yield the working days after a known one: its rates sway a little each day, and lean back to where they began.

    Each step depends on its day, its currency and the step before alone, so a later end only adds days.
    """
    home = {currency: Decimal(rate) for currency, rate in known.rates.items()}
    rates, on = dict(home), known.on
    while (on := on + DAY) <= until:
        if is_working(on):
            rates = {one: _step(one, on, rate, home=home[one]) for one, rate in rates.items()}
            yield Day(on, {currency: f"{rate:f}" for currency, rate in rates.items()})


def is_working(on: date) -> bool:
    """Say whether rates are made on a day."""
    return on.weekday() < SATURDAY and (on.month, on.day) not in HOLIDAYS


def _step(currency: str, on: date, rate: Decimal, *, home: Decimal) -> Decimal:
    random = Random(f"{currency} {on}")  # noqa: S311 - no secret depends on it
    sway = rate * random.randint(-SWAY, SWAY) / 10_000
    return DIGITS.plus(rate + sway + (home - rate) / PULL)


def _cube(day: Day) -> str:
    rates = "".join(f'<Cube currency="{currency}" rate="{rate}"/>' for currency, rate in day.rates.items())
    return f'<Cube time="{day.on}">{rates}</Cube>'


def _read(history: Path) -> Iterable[Day]:
    """Yield the days of the bank's own archive, newest first: a column a currency, and an empty one at the end."""
    with zipfile.ZipFile(history) as zipped:
        text = zipped.read(zipped.namelist()[0]).decode()
    for record in csv.DictReader(io.StringIO(text)):
        on = date.fromisoformat(record.pop("Date"))
        yield Day(on, {currency: rate for currency, rate in record.items() if currency and rate not in (NONE, "")})
