"""Periods in words: each by the days that it means, and a sentence for what means none."""

from datetime import date

import pytest

from accounts.models import Account
from analytics.phrases import period_of
from putler.kernel.errors import PutlerError
from putler.kernel.periods import Kind

TODAY = date(2026, 3, 1)  # a Sunday


@pytest.fixture
def own() -> Account:
    return Account(name="A shop", base_currency="EUR", time_zone="Europe/Berlin", fiscal_month=4)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("last 90 days", "2025-12-02", "2026-03-01"),
        ("past 2 weeks", "2026-02-16", "2026-03-01"),
        ("Last 3 Months", "2025-12-02", "2026-03-01"),
        ("last 1 year", "2025-03-02", "2026-03-01"),
        ("yesterday", "2026-02-28", "2026-02-28"),
        ("this fiscal year", "2025-04-01", "2026-03-31"),
        ("last month", "2026-02-01", "2026-02-28"),
        ("mar 2025", "2025-03-01", "2025-03-31"),
        ("September 2025", "2025-09-01", "2025-09-30"),
        ("2025-02", "2025-02-01", "2025-02-28"),
        ("mar", "2026-03-01", "2026-03-31"),
        ("apr", "2025-04-01", "2025-04-30"),
        ("q1 2025", "2025-01-01", "2025-03-31"),
        ("2025-Q4", "2025-10-01", "2025-12-31"),
        ("2024", "2024-01-01", "2024-12-31"),
        ("2025-03-01 to 2025-04-15", "2025-03-01", "2025-04-15"),
        ("3 mar 2025 – April 15, 2025", "2025-03-03", "2025-04-15"),
        ("from jan 2025 until mar 2025", "2025-01-01", "2025-03-31"),
        ("2025-03-01 - today", "2025-03-01", "2026-03-01"),
        ("since 2026-02", "2026-02-01", "2026-03-01"),
        ("year to date", "2026-01-01", "2026-03-01"),
        ("  LAST   7  days ", "2026-02-23", "2026-03-01"),
    ],
)
def test_words_mean_days(own: Account, words: str, first: str, last: str) -> None:
    period = period_of(words, today=TODAY, own=own)

    assert (str(period.first), str(period.last)) == (first, last)


def test_a_month_in_words_is_compared_as_a_month(own: Account) -> None:
    assert period_of("mar 2025", today=TODAY, own=own).kind is Kind.MONTH
    assert period_of("q1 2025", today=TODAY, own=own).kind is Kind.QUARTER


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("recently", "“recently” is no period that is understood here. Write one like “last 90 days”"),
        ("2025-02-30", "is no period that is understood here"),
        ("last 0 days", "is no period that is understood here"),
        ("last 9999 years", "is no period that is understood here"),
        ("01/02/2025", "may be two different days. Write days as 2025-03-31."),
        ("2025-04-15 to 2025-03-01", "The last day is before the first."),
        ("since 2026-04", "A period cannot begin after today."),
    ],
)
def test_what_means_no_days_is_answered_with_a_sentence(own: Account, words: str, said: str) -> None:
    with pytest.raises(PutlerError) as refused:
        period_of(words, today=TODAY, own=own)

    assert said in str(refused.value)
