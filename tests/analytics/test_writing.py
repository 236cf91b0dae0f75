"""Figures and days as the account wants them written."""

from datetime import date
from decimal import Decimal

import pytest

from analytics.templatetags import metrics as write
from putler.kernel.writing import Style, marked, styled


@pytest.mark.parametrize(
    ("marks", "text"), [(",.", "€1,234.50"), (".,", "€1.234,50"), (" ,", "€1\u00a0234,50"), ("’.", "€1’234.50")]
)
def test_numbers_have_the_marks_that_are_wanted(marks: str, text: str) -> None:
    with styled(Style(marks=marks)):
        assert write.money(Decimal("1234.5"), "EUR") == text
    assert marked("1,234.50") == "1,234.50"


@pytest.mark.parametrize(
    ("dates", "one", "span"),
    [
        ("dmy", "3 Nov 2026", "3 – 5 Nov 2026"),
        ("mdy", "Nov 3, 2026", "Nov 3, 2026 – Nov 5, 2026"),
        ("iso", "2026-11-03", "2026-11-03 – 2026-11-05"),
    ],
)
def test_days_are_written_in_the_order_that_is_wanted(dates: str, one: str, span: str) -> None:
    with styled(Style(dates=dates)):
        assert write.day(date(2026, 11, 3)) == one
        assert write.span(date(2026, 11, 3), date(2026, 11, 5)) == span
