"""Single cells, read once for each different text: a long file repeats itself."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from datasources.connectors.base import CustomerDraft
from datasources.connectors.files.countries import code_of
from datasources.connectors.files.dates import DateOrder, NoDate, instant
from datasources.connectors.files.numbers import SCALE, NoNumber, scaled
from datasources.connectors.files.reading import Reading
from datasources.connectors.ledger_csv import LineRefused
from putler.kernel.money import MoneyError, decimals

LONGEST = 200  # characters of a reference
MOST_UNITS = 10**6
_MOST_KNOWN = 50_000
_UNIT: int = 10**SCALE
_EMAIL = re.compile(r"[^@\s\x00]+@[^@\s\x00]+")
_CUT = re.compile(r"\d[.,]\d+E\+\d+", re.IGNORECASE)
Value = TypeVar("Value")


class Known(dict[str, Value], Generic[Value]):
    """What each text means, found out when it is first asked for, and forgotten once there are too many.

    `read` raises LineRefused.
    """

    def __init__(self, read: Callable[[str], Value]) -> None:
        self._read = read

    def __missing__(self, text: str) -> Value:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        value = self[text] = self._read(text)
        return value


def quoted(text: str) -> str:
    """As much of what was found as a message needs."""
    return f"“{text[:40]}”"


def numbers(reading: Reading, name: str) -> Known[int]:
    """Numbers in millionths; an empty cell is refused."""
    mark = reading.decimal or "."
    code = "" if "currency" in reading.columns else reading.currency  # may stand beside each number

    def read(text: str) -> int:
        try:
            return scaled(text.replace(code, "", 1) if code else text, mark)
        except NoNumber as error:
            raise LineRefused(f"{name} is {quoted(text)}; it is {error} such as 1234{mark}50.") from error

    return Known(read)


def quantities(reading: Reading) -> Known[int]:
    """Whole units."""
    amounts = numbers(reading, "The quantity")

    def read(text: str) -> int:
        units, rest = divmod(amounts[text], _UNIT)
        if rest or abs(units) > MOST_UNITS:
            raise LineRefused(f"The quantity is {quoted(text)}; it is a whole number, not above {MOST_UNITS:,}.")
        return units

    return Known(read)


def instants(reading: Reading) -> Known[datetime]:
    """UTC instants of dates, or of a date and a time joined by a blank."""
    order, zone = reading.dates or DateOrder.ISO, ZoneInfo(reading.zone)

    def read(text: str) -> datetime:
        try:
            return instant(text, order=order, zone=zone)
        except NoDate as error:
            raise LineRefused(f"The date is {quoted(text)}; it cannot be read as one.") from error

    return Known(read)


def currencies() -> Known[str]:
    """ISO codes."""

    def read(text: str) -> str:
        code = text.strip().upper()
        try:
            decimals(code)
        except MoneyError as error:
            raise LineRefused(str(error)) from error
        return code

    return Known(read)


def countries() -> Known[str | None]:
    """ISO codes, None for what names no country."""
    return Known(lambda text: code_of(text.strip()))


def references(name: str, *, needed: bool = False) -> Known[str]:
    """Numbers and codes, trimmed. What a spreadsheet has cut to a few digits is refused: many could look like it."""

    def read(text: str) -> str:
        reference = text.strip()
        if len(reference) > LONGEST:
            raise LineRefused(f"{name} has {len(reference)} characters; {LONGEST} are the most.")
        if needed and not reference:
            raise LineRefused(f"{name} is empty.")
        if _CUT.fullmatch(reference):
            raise LineRefused(f"{name} is {quoted(text)}: a spreadsheet has cut its digits. Export the file again.")
        return reference

    return Known(read)


def customers() -> Known[CustomerDraft | None]:
    """Buyers by e-mail (what has an “@”), else by the file's own number of them; None for a guest."""

    def read(text: str) -> CustomerDraft | None:
        whose = text.strip()
        if "@" not in whose:
            return CustomerDraft(provider_id=whose[:LONGEST]) if whose else None
        if len(whose) > 254 or not _EMAIL.fullmatch(whose):
            raise LineRefused("The e-mail address is none; leave it empty for a guest.")
        return CustomerDraft(email=whose.lower())

    return Known(read)


def cell(reading: Reading, *fields: str) -> Callable[[list[str]], str]:
    """What reads the first of these fields that has something in a row; an empty text where the file has none."""
    places = [reading.columns[name] for name in fields if name in reading.columns]
    if not places:
        return lambda values: ""
    if len(places) == 1:
        place = places[0]
        return lambda values: values[place]
    first, second = places
    return lambda values: values[first] or values[second]
