"""Periods as people write them: “last 90 days”, “mar 2025”, “2025-03-01 to 2025-04-15”, “this fiscal year”."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

from accounts.models import Account
from analytics.presets import PERIODS
from putler.kernel.periods import (
    Kind,
    Period,
    add_months,
    fiscal_year_of,
    last_days,
    month_of,
    quarter_of,
    week_of,
    year_of,
)

EXAMPLES: Final = "“last 90 days”, “mar 2025” or “2025-03-01 to 2025-04-15”"
LONGEST: Final = 60  # signs
_MONTHS: Final = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NAMES: Final = "january february march april may june july august september october november december".split()
_MONTH: Final = rf"(?P<month>{'|'.join([*_NAMES, 'sept', *_MONTHS])})\.?"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR: Final = r"(?P<year>\d{4})"
_MOST: Final = {"day": 36_600, "week": 5_200, "month": 1_200, "quarter": 400, "year": 100}
_SAME: Final = {
    "month to date": "this_month", "mtd": "this_month", "quarter to date": "this_quarter", "qtd": "this_quarter",
    "year to date": "this_year", "ytd": "this_year", "week to date": "this_week", "wtd": "this_week",
}  # fmt: skip
_BETWEEN: Final = re.compile(r"\s+(?:to|until|till|through)\s+|\s*(?:\.\.\.?|…|–|—)\s*|\s+-\s+")
_EARLIEST: Final = 1970
Maker = Callable[[re.Match[str], date, Account], Period | None]


def understood(text: str, *, today: date, account: Account) -> Period | None:
    """The period that the words mean to somebody of this account today; None where they mean none.

    “Last 3 days” ends today; last weeks, months, quarters and years are whole ones before the running one. A month
    without a year is the latest that has begun.
    """
    words = " ".join(text.lower().replace(",", " ").split()).removeprefix("from ").removeprefix("the ")
    if not 0 < len(words) <= LONGEST:
        return None
    try:
        return _named(words, today, account) or _since(words, today, account) or _between(words, today, account)
    except (ValueError, OverflowError):  # a day that no calendar has
        return None


def _named(words: str, today: date, account: Account) -> Period | None:
    """A single period."""
    slug = _SAME.get(words) or next((slug for slug, (label, _) in PERIODS.items() if label.lower() == words), None)
    if slug:
        return PERIODS[slug][1](today, account)
    found = ((pattern.fullmatch(words), make) for pattern, make in _PATTERNS)
    period = next((make(match, today, account) for match, make in found if match), None)
    return period if period and period.first.year >= _EARLIEST else None


def _since(words: str, today: date, account: Account) -> Period | None:
    begun = _named(words.removeprefix("since "), today, account) if words.startswith("since ") else None
    return Period(begun.first, today, account.zone) if begun and begun.first <= today else None


def _between(words: str, today: date, account: Account) -> Period | None:
    """From the beginning of one period to the end of another; “mar to jun 2025” has the year once."""
    for break_ in _BETWEEN.finditer(words):
        one, other = words[: break_.start()], words[break_.end() :]
        last = _named(other, today, account)
        if last is None:
            continue
        for first in _beginnings(one, last, today, account):
            if first.first <= last.last:
                return Period(first.first, last.last, account.zone)
    return None


def _beginnings(one: str, last: Period, today: date, account: Account) -> Iterator[Period]:
    years = () if re.search(r"\d{4}", one) else (last.last.year, last.last.year - 1)
    for words in (*(f"{one} {year}" for year in years), one):
        if period := _named(words, today, account):
            yield period


def _last(match: re.Match[str], today: date, own: Account) -> Period | None:
    count, unit = int(match["count"] or 1), match["unit"]
    if not 0 < count <= _MOST[unit]:
        return None
    if unit == "day":
        return last_days(count, today=today, zone=own.zone)
    if unit == "week":
        running = week_of(today, own.zone, starts_on=own.week_start)
        return Period(running.first - timedelta(weeks=count), running.first - timedelta(1), own.zone)
    months, running = {
        "month": (1, month_of(today, own.zone)),
        "quarter": (3, quarter_of(today, own.zone)),
        "year": (12, year_of(today, own.zone)),
    }[unit]
    return Period(add_months(running.first, -months * count), running.first - timedelta(1), own.zone)


def _month(match: re.Match[str], today: date, own: Account) -> Period:
    number = _number(match["month"])
    year = int(match["year"]) if match["year"] else today.year - (number > today.month)
    return month_of(date(year, number, 1), own.zone)


def _day(match: re.Match[str], today: date, own: Account) -> Period:
    number = int(match["month"]) if match["month"].isdigit() else _number(match["month"])
    year = int(match["year"]) if match["year"] else today.year
    day = date(year, number, int(match["day"]))
    if not match["year"] and day > today:
        day = day.replace(year=year - 1)
    return Period(day, day, own.zone)


def _number(month: str) -> int:
    return _MONTHS.index(month[:3]) + 1


def _fiscal(match: re.Match[str], _: date, own: Account) -> Period:
    return fiscal_year_of(date(int(match["year"]), own.fiscal_month, 1), own.zone, starts_in=own.fiscal_month)


def _quarter(match: re.Match[str], today: date, own: Account) -> Period:
    number = int(match["quarter"])
    year = int(match["year"]) if match["year"] else today.year - (3 * number - 2 > today.month)
    return quarter_of(date(year, 3 * number - 2, 1), own.zone)


def _iso_week(match: re.Match[str], _: date, own: Account) -> Period:
    first = date.fromisocalendar(int(match["year"]), int(match["week"]), 1)
    return Period(first, first + timedelta(6), own.zone, Kind.WEEK)


def _iso_month(match: re.Match[str], _: date, own: Account) -> Period:
    return month_of(date(int(match["year"]), int(match["number"]), 1), own.zone)


def _whole_year(match: re.Match[str], _: date, own: Account) -> Period:
    return year_of(date(int(match["year"]), 1, 1), own.zone)


_PATTERNS: Final[tuple[tuple[re.Pattern[str], Maker], ...]] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (r"(?:last|past|previous) (?:(?P<count>\d{1,5}) )?(?P<unit>day|week|month|quarter|year)s?", _last),
        (_YEAR, _whole_year),
        (rf"(?:fy|fiscal year) ?{_YEAR}", _fiscal),
        (rf"q(?P<quarter>[1-4])(?: ?{_YEAR})?", _quarter),
        (rf"{_YEAR}[ -]?q(?P<quarter>[1-4])", _quarter),
        (rf"{_YEAR}-?w(?P<week>\d\d?)", _iso_week),
        (rf"{_YEAR}-(?P<number>\d\d)", _iso_month),
        (rf"(?P<number>\d\d?)/{_YEAR}", _iso_month),
        (rf"{_MONTH}(?: {_YEAR})?", _month),
        (rf"{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)", _day),
        (rf"{_DAY}\.? (?:of )?{_MONTH}(?: {_YEAR})?", _day),
        (rf"{_MONTH} {_DAY}(?: {_YEAR})?", _day),
    )
)
