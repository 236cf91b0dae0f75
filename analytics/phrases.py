"""Periods in people's own words: “last 90 days”, “mar 2025”, “2025-03-01 to 2025-04-15”, “this fiscal year”."""

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

from accounts.models import Account
from analytics.presets import PERIODS
from putler.kernel.errors import PutlerError
from putler.kernel.periods import Period, add_months, last_days, month_of, quarter_of, year_of

EXAMPLES: Final = "“last 90 days”, “mar 2025” or “2025-03-01 to 2025-04-15”"
_MONTHS: Final = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_NAMED: Final = {label.lower(): make for label, make in PERIODS.values()}
_BETWEEN: Final = re.compile(r"(?:from |between )?(.+?)(?: to | until | till | and | - | ?– ?| ?— ?|\.\.+)(.+)")
_UNITS: Final = {"day": 1, "week": 7}
_MONTHS_OF: Final = {"month": 1, "quarter": 3, "year": 12}
Reading = Callable[[re.Match[str], date, Account], Period]


def period_of(words: str, *, today: date, own: Account) -> Period:
    """The period that somebody means, by the account's own days and years. Raises PutlerError, saying what to write."""
    text = re.sub(r"\s+", " ", words.strip().lower().replace(",", " "))
    try:
        found = _one(text, today, own) or _to_today(text, today, own) or _run(text, today, own)
    except (ValueError, OverflowError):  # a day that no calendar has
        found = None
    if found is None:
        if re.search(r"\d/\d+/\d", text):
            raise PutlerError(f"“{words}” may be two different days. Write days as 2025-03-31.")
        raise PutlerError(f"“{words}” is no period that is understood here. Write one like {EXAMPLES}.")
    return found


def _one(text: str, today: date, own: Account) -> Period | None:
    """A period that is one by itself."""
    if named := _NAMED.get(text):
        return named(today, own)
    matches = ((re.fullmatch(pattern, text), reading) for pattern, reading in _READINGS)
    return next((reading(match, today, own) for match, reading in matches if match), None)


def _to_today(text: str, today: date, own: Account) -> Period | None:
    """What goes on until now."""
    begun = {"ytd": "this year", "year to date": "this year", "mtd": "this month", "month to date": "this month"}
    since = text.removeprefix("since ")
    start = _one(begun.get(text, since), today, own) if text in begun or since != text else None
    if start is None:
        return None
    if start.first > today:
        raise PutlerError("A period cannot begin after today.")
    return Period(start.first, today, own.zone)


def _run(text: str, today: date, own: Account) -> Period | None:
    """From the first day of one thing to the last day of another."""
    match = _BETWEEN.fullmatch(text)
    first, last = (_one(part, today, own) for part in match.groups()) if match else (None, None)
    if not first or not last:
        return None
    if last.last < first.first:
        raise PutlerError("The last day is before the first.")
    return Period(first.first, last.last, own.zone)


def _last(match: re.Match[str], today: date, own: Account) -> Period:
    count, unit = int(match[1]), match[2]
    if not count:
        raise ValueError
    if unit in _UNITS:
        return last_days(count * _UNITS[unit], today=today, zone=own.zone)
    return Period(add_months(today, -count * _MONTHS_OF[unit]) + timedelta(1), today, own.zone)


def _month(year: int, month: int, own: Account) -> Period:
    return month_of(date(year, month, 1), own.zone)


def _latest_month(match: re.Match[str], today: date, own: Account) -> Period:
    """The last one of that name that has begun."""
    month = _MONTHS[match[1]]
    return _month(today.year - (month > today.month), month, own)


def _day(year: int, month: int, day: int, own: Account) -> Period:
    on = date(year, month, day)
    return Period(on, on, own.zone)


def _readings() -> Iterator[tuple[str, Reading]]:
    def n(match: re.Match[str], name: str) -> int:
        return int(match[name])

    year, day, month = r"(?P<y>\d{4})", r"(?P<d>\d{1,2})(?:st|nd|rd|th)?", rf"(?P<m>{_MONTH})\.?"
    yield r"(?:the )?(?:last|past) (\d{1,4}) (day|week|month|quarter|year)s?", _last
    yield year, lambda found, _, own: year_of(date(n(found, "y"), 1, 1), own.zone)
    for quarter in (rf"q(?P<q>[1-4]) {year}", rf"{year}[- ]?q(?P<q>[1-4])"):
        yield quarter, lambda found, _, own: quarter_of(date(n(found, "y"), n(found, "q") * 3, 1), own.zone)
    yield rf"({_MONTH})\.?", _latest_month
    for named in (rf"{month} {year}", rf"{year} {month}"):
        yield named, lambda found, _, own: _month(n(found, "y"), _MONTHS[found["m"]], own)
    yield rf"{year}-(?P<m>\d\d)", lambda found, _, own: _month(n(found, "y"), n(found, "m"), own)
    yield (
        rf"{year}-(?P<m>\d\d)-(?P<d>\d\d)",
        lambda found, _, own: _day(n(found, "y"), n(found, "m"), n(found, "d"), own),
    )
    for named in (rf"{day} {month} {year}", rf"{month} {day} {year}"):
        yield named, lambda found, _, own: _day(n(found, "y"), _MONTHS[found["m"]], n(found, "d"), own)


_READINGS: Final = tuple(_readings())
