"""Tables as files: nothing in them runs."""

import csv
from decimal import Decimal
from io import StringIO

import pytest

from analytics.exports import csv_file
from putler.kernel.cells import written

PAYLOADS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u00a0=1", "＝1", "＋1", "－1", "＠x", "\n=1"]


@pytest.mark.rule("X7")
@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_that_begin_a_formula_stand_behind_an_apostrophe(payload: str) -> None:
    answer = csv_file("x", ["Name"], [[payload]])

    [_, [cell]] = csv.reader(StringIO(answer.content.decode(), newline=""))
    assert cell == f"'{payload}"


@pytest.mark.rule("X7")
def test_numbers_are_numbers_and_nothing_is_empty() -> None:
    assert [written(cell) for cell in (Decimal("-1E+3"), Decimal("-0.50"), -3, None, "a-b", "")] == [
        "-1000", "-0.50", "-3", "", "a-b", "",
    ]  # fmt: skip


@pytest.mark.rule("X7")
def test_a_file_is_quoted_and_saved_not_shown() -> None:
    answer = csv_file("sales", ["A", "B"], [['x"y', 1]])

    assert answer.content == b'"A","B"\r\n"x""y","1"\r\n'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="sales.csv"'
    assert answer["X-Content-Type-Options"] == "nosniff"
