"""Numbers, dates and countries as files write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.connectors.files.countries import code_of
from datasources.connectors.files.dates import DateOrder, NoDate, date_orders, instant
from datasources.connectors.files.numbers import NoNumber, decimal_marks, scaled, to_minor

LONDON = ZoneInfo("Europe/London")
DAY, MONTH, ISO = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, DateOrder.ISO


@pytest.mark.parametrize(
    ("text", "mark", "minor"),
    [
        ("1,234.56", ".", 123456),
        ("1.234,56", ",", 123456),
        ("1\u202f234,56", ",", 123456),
        ("1 234.5", ".", 123450),
        ("(12.00)", ".", -1200),
        ("12.00-", ".", -1200),
        ("\u221212,5", ",", -1250),
        ("€ 5", ".", 500),
        (".5", ".", 50),
        ("-0", ".", 0),
    ],
)
def test_a_number_is_read_by_the_files_decimal_mark(text: str, mark: str, minor: int) -> None:
    assert to_minor(scaled(text, mark), 2) == minor


@pytest.mark.parametrize("text", ["", "-", "1,23", "12,34.5", "1.2.3", "x", "1e5", "NaN", "--1", "0.0000001", "9" * 13])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NoNumber):
        scaled(text, ".")


@pytest.mark.parametrize(
    ("texts", "marks"),
    [
        (["1,234.50", "7"], {"."}),
        (["1.234,50"], {","}),
        (["2,5", "1.000"], {","}),
        (["1,234", "5,678"], {".", ","}),
        (["1,234", "1.5"], {"."}),
        (["1.234.567"], {","}),
        (["0.001"], {"."}),
        (["12", ""], {"."}),
    ],
)
def test_the_decimal_mark_is_that_of_all_numbers_together(texts: list[str], marks: set[str]) -> None:
    assert decimal_marks(texts) == marks


@given(st.integers(-(10**12), 10**12))
def test_half_a_penny_is_rounded_away_from_zero(millionths: int) -> None:
    whole = (abs(millionths) + 5_000) // 10_000

    assert to_minor(millionths, 2) == (whole if millionths >= 0 else -whole)


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        (["2010-12-01 08:26"], {ISO}),
        (["13/02/2026", "01/02/2026"], {DAY}),
        (["02/13/2026", "01/02/2026"], {MONTH}),
        (["01/02/2026", "03/04/2026"], {DAY, MONTH}),
        (["01.02.2026"], {DAY}),
        ([], {ISO}),
    ],
)
def test_the_order_of_day_and_month_is_that_of_all_dates_together(texts: list[str], orders: set[DateOrder]) -> None:
    assert date_orders(texts) == orders


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2011-07-01 09:30", ISO, "2011-07-01T08:30"),
        ("2026-03-01 11:00:00 +0100", ISO, "2026-03-01T10:00"),
        ("2026-03-01T11:00:00Z", DAY, "2026-03-01T11:00"),
        ("2026-03-01", ISO, "2026-03-01T00:00"),
        ("3/1/26 8:26", MONTH, "2026-03-01T08:26"),
        ("3/1/2026 8:26 PM", DAY, "2026-01-03T20:26"),
        ("1 Mar 2026", ISO, "2026-03-01T00:00"),
        ("Mar 1, 2026 12:05 am", ISO, "2026-03-01T00:05"),
        ("2026-10-25 01:30", ISO, "2026-10-25T00:30"),
    ],
)
def test_a_date_is_an_instant(text: str, order: DateOrder, expected: str) -> None:
    assert instant(text, order=order, zone=LONDON) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "31/02/2026", "2026-13-01", "1/1/1900", "1/1/2026 25:00", "20260"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(NoDate):
        instant(text, order=DAY, zone=LONDON)


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_dates_and_numbers(text: str) -> None:
    for read in (lambda: instant(text, order=DAY, zone=LONDON), lambda: scaled(text, ",")):
        try:
            read()
        except (NoDate, NoNumber):
            continue


@pytest.mark.parametrize(
    ("name", "code"), [("United Kingdom", "GB"), ("EIRE", "IE"), ("de", "DE"), ("RSA", "ZA"), ("Unspecified", None)]
)
def test_a_country_is_known_by_name_and_code(name: str, code: str | None) -> None:
    assert code_of(name) == code
