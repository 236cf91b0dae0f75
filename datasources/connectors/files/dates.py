"""Dates as files write them. The order of day and month is settled for a whole file, never for one cell."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

_YEARS = range(1970, 2200)
_NUMERIC = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:[ T,]+(.+))?")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)? ?([AaPp])?\.?[Mm]?\.?")
_WORDS = re.compile(r"(.*?\d{4}|\S+)(?:[ T]+(\d.*))?")
_ISO_OFFSET = re.compile(r"(.*\d) ?([+-]\d{2}):?(\d{2})|(.*\d) ?(?:Z|UTC)")
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d{1,12})?")  # of 1954 to 2118
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  `instant` adds the zone
_WORDY = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%b-%y")


class DateOrder(StrEnum):
    """How a date of numbers is read."""

    ISO = "iso"  # year first, or the month as a word: nothing to confuse
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class NoDate(ValueError):
    """The text is no date."""


def date_orders(texts: Iterable[str]) -> set[DateOrder]:
    """The ways in which these dates can be read; more than one where none of them tells."""
    fits = {DateOrder.DAY_FIRST: 0, DateOrder.MONTH_FIRST: 0}
    dotted = False
    for text in texts:
        found = _NUMERIC.match(text.strip())
        if found:
            fits[DateOrder.DAY_FIRST] += int(found[1]) <= 31 and int(found[3]) <= 12
            fits[DateOrder.MONTH_FIRST] += int(found[1]) <= 12 and int(found[3]) <= 31
            dotted = dotted or found[2] == "."
    most = max(fits.values())
    if not most:
        return {DateOrder.ISO}
    best = {order for order, count in fits.items() if count == most}
    return {DateOrder.DAY_FIRST} if dotted and DateOrder.DAY_FIRST in best else best  # nobody writes 12.31.2026


def instant(text: str, *, order: DateOrder, zone: tzinfo) -> datetime:
    """The UTC instant of a date with or without time. Raises NoDate.

    A text without offset is a time of `zone`: of an hour that comes twice the first, of one that is skipped as if the
    clocks had not been changed yet.
    """
    text = " ".join(text.split())
    try:
        found = _NUMERIC.fullmatch(text)
        moment = _of_numbers(found, order) if found else _of_serial(text) or _of_text(text)
        if moment.year not in _YEARS:
            raise NoDate
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise NoDate from error


def _of_numbers(found: re.Match[str], order: DateOrder) -> datetime:
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    day, month = (first, second) if order is DateOrder.DAY_FIRST else (second, first)
    year += 0 if len(found[4]) == 4 else 2000 if year < 70 else 1900
    return datetime(year, month, day) + _clock(found[5] or "")  # noqa: DTZ001  `instant` adds the zone


def _of_serial(text: str) -> datetime | None:
    """A spreadsheet's number of days, to the second; None for any other text."""
    if not _SERIAL.fullmatch(text):
        return None
    seconds = round(Decimal(text) * 86_400)
    return _DAY_ZERO + timedelta(seconds=seconds)


def _of_text(text: str) -> datetime:
    try:
        return datetime.fromisoformat(_with_plain_offset(text))
    except ValueError:
        found = _WORDS.fullmatch(text.replace(",", ""))
    if not found:
        raise NoDate
    for pattern in _WORDY:
        try:
            return datetime.strptime(found[1], pattern) + _clock(found[2] or "")  # noqa: DTZ007
        except ValueError:
            continue
    raise NoDate


def _with_plain_offset(text: str) -> str:
    found = _ISO_OFFSET.fullmatch(text)
    if not found:
        return text
    return f"{found[1]}{found[2]}:{found[3]}" if found[1] else f"{found[4]}+00:00"


def _clock(text: str) -> timedelta:
    if not text:
        return timedelta()
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        raise NoDate
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        hour = hour % 12 + (12 if found[4] in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise NoDate
    return timedelta(hours=hour, minutes=minute, seconds=second)
