"""The periods that have a name, as an account cuts them."""

from collections.abc import Callable
from datetime import date, timedelta

from accounts.models import Account
from putler.kernel.periods import (
    Period,
    add_months,
    fiscal_year_of,
    last_days,
    month_of,
    quarter_of,
    week_of,
    year_of,
)


def _week(day: date, own: Account) -> Period:
    return week_of(day, own.zone, starts_on=own.week_start)


def _fiscal_year(day: date, own: Account) -> Period:
    return fiscal_year_of(day, own.zone, starts_in=own.fiscal_month)


PERIODS: dict[str, tuple[str, Callable[[date, Account], Period]]] = {
    "today": ("Today", lambda today, own: Period(today, today, own.zone)),
    "yesterday": ("Yesterday", lambda today, own: Period(today - timedelta(1), today - timedelta(1), own.zone)),
    "last_7": ("Last 7 days", lambda today, own: last_days(7, today=today, zone=own.zone)),
    "last_30": ("Last 30 days", lambda today, own: last_days(30, today=today, zone=own.zone)),
    "last_90": ("Last 90 days", lambda today, own: last_days(90, today=today, zone=own.zone)),
    "this_week": ("This week", _week),
    "last_week": ("Last week", lambda today, own: _week(today - timedelta(7), own)),
    "this_month": ("This month", lambda today, own: month_of(today, own.zone)),
    "last_month": ("Last month", lambda today, own: month_of(add_months(today, -1), own.zone)),
    "this_quarter": ("This quarter", lambda today, own: quarter_of(today, own.zone)),
    "last_quarter": ("Last quarter", lambda today, own: quarter_of(add_months(today, -3), own.zone)),
    "this_year": ("This year", lambda today, own: year_of(today, own.zone)),
    "last_year": ("Last year", lambda today, own: year_of(add_months(today, -12), own.zone)),
    "this_fiscal_year": ("This fiscal year", _fiscal_year),
    "last_fiscal_year": ("Last fiscal year", lambda today, own: _fiscal_year(add_months(today, -12), own)),
}
