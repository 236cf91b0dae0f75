"""Periods in words, as an account with a fiscal year from April understands them on Wednesday 18 March 2026."""

from datetime import date

import pytest

from accounts.models import Account
from analytics.forms import QueryForm
from analytics.wording import understood
from putler.kernel.periods import Kind
from putler.tenancy import tenant
from tests import make
from tests.analytics.make import at

TODAY = date(2026, 3, 18)
OWN = Account(base_currency="EUR", time_zone="Europe/Berlin", week_start=1, fiscal_month=4)


def meant(words: str, account: Account = OWN) -> str | None:
    period = understood(words, today=TODAY, account=account)
    return f"{period.first}/{period.last}" if period else None


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("last 90 days", "2025-12-19/2026-03-18"),
        ("Past 1 day", "2026-03-18/2026-03-18"),
        ("last 2 weeks", "2026-03-02/2026-03-15"),
        ("last 3 months", "2025-12-01/2026-02-28"),
        ("previous quarter", "2025-10-01/2025-12-31"),
        ("last 2 years", "2024-01-01/2025-12-31"),
        ("yesterday", "2026-03-17/2026-03-17"),
        ("this fiscal year", "2025-04-01/2026-03-31"),
        ("Year to date", "2026-01-01/2026-12-31"),
        ("2025", "2025-01-01/2025-12-31"),
        ("FY 2024", "2024-04-01/2025-03-31"),
        ("q4", "2025-10-01/2025-12-31"),
        ("q1 2025", "2025-01-01/2025-03-31"),
        ("2025-Q2", "2025-04-01/2025-06-30"),
        ("2026-W01", "2025-12-29/2026-01-04"),
        ("mar 2025", "2025-03-01/2025-03-31"),
        ("sept. 2025", "2025-09-01/2025-09-30"),
        ("April", "2025-04-01/2025-04-30"),
        ("march", "2026-03-01/2026-03-31"),
        ("2025-02", "2025-02-01/2025-02-28"),
        ("02/2024", "2024-02-01/2024-02-29"),
        ("2025-03-01", "2025-03-01/2025-03-01"),
        ("1st of March 2025", "2025-03-01/2025-03-01"),
        ("Mar 19", "2025-03-19/2025-03-19"),
        ("2025-03-01 to 2025-04-15", "2025-03-01/2025-04-15"),
        ("from 2025-03-01 – 2025-04-15", "2025-03-01/2025-04-15"),
        ("Mar to Jun 2025", "2025-03-01/2025-06-30"),
        ("nov until feb 2025", "2024-11-01/2025-02-28"),
        ("24 Dec 2025 - 6 Jan 2026", "2025-12-24/2026-01-06"),
        ("2023..2024", "2023-01-01/2024-12-31"),
        ("since feb", "2026-02-01/2026-03-18"),
    ],
)
def test_words_mean_days(words: str, days: str) -> None:
    assert meant(words) == days


@pytest.mark.parametrize(
    "words",
    ["", "soon", "last 0 days", "last 99999 days", "2025-02-30", "2025-13", "q5 2025", "2025-04-15 to 2025-03-01",
     "since 2030", "0001", "1066 to 1500", "2025-w60", "to", "x" * 99, "9999-12"],
)  # fmt: skip
def test_other_words_mean_none(words: str) -> None:
    found = meant(words)
    assert found is None or found == "9999-12-01/9999-12-31"


def test_weeks_begin_where_the_account_begins_them() -> None:
    sunday = Account(base_currency="EUR", time_zone="Europe/Berlin", week_start=7, fiscal_month=1)
    assert meant("last week", sunday) == "2026-03-08/2026-03-14"


@pytest.mark.parametrize(("words", "kind"), [("mar 2025", Kind.MONTH), ("2025", Kind.YEAR), ("q1", Kind.QUARTER)])
def test_what_is_whole_is_compared_with_what_is_whole(words: str, kind: Kind) -> None:
    period = understood(words, today=TODAY, account=OWN)
    assert period is not None
    assert period.kind is kind


@pytest.mark.django_db
def test_an_address_may_hold_words() -> None:
    account = make.account()
    with tenant(account.pk):
        form = QueryForm({"range": "mar 2025", "period": "last_7"}, account=account, now=at("2026-03-18 12:00"))
        other = QueryForm({"range": "some day"}, account=account, now=at("2026-03-18 12:00"))
    assert (form.days.first, form.days.last, form.preset) == (date(2025, 3, 1), date(2025, 3, 31), "custom")
    assert [one for one in other.complaints() if "“some day”" in one]
    assert other.days.day_count == 30
