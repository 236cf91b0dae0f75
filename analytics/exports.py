"""Tables as files: CSV that a spreadsheet opens without running anything in it, and JSON."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.http import HttpResponse

from putler.kernel.cells import Cell, csv_text


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """A file to be saved as `name`.csv: every cell quoted, lines end with CRLF, a figure over nothing is empty."""
    return HttpResponse(
        csv_text(header, rows).encode(),
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
