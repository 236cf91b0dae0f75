"""Tables as files: CSV that a spreadsheet opens without running anything in it, and JSON."""

import csv
import json
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO

from django.http import HttpResponse

Cell = str | int | Decimal | None
_BEGINS_A_FORMULA = re.compile(r"[\s\u00a0]*[=+\-@＝＋－＠]|[\t\r\n]")


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """A file to be saved as `name`.csv: every cell quoted, lines end with CRLF, a figure over nothing is empty."""
    text = StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([written(cell) for cell in header])
    writer.writerows([written(cell) for cell in row] for row in rows)
    return HttpResponse(
        text.getvalue().encode(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"', "X-Content-Type-Options": "nosniff"},
    )


def json_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """The same table as a list of objects: amounts as text, so that no reader rounds them; null for no value."""
    text = json.dumps([dict(zip(header, map(_plain, row), strict=True)) for row in rows], ensure_ascii=False)
    return HttpResponse(
        text.encode(),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}.json"', "X-Content-Type-Options": "nosniff"},
    )


def _plain(cell: Cell) -> str | int | None:
    return f"{cell:f}" if isinstance(cell, Decimal) else cell


def written(cell: Cell) -> str:
    """A cell's text: numbers as they are, words that a spreadsheet would take for a formula behind an apostrophe."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, int):
        return str(cell)
    return f"'{cell}" if _BEGINS_A_FORMULA.match(cell) else cell
