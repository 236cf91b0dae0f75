"""Tables as CSV files that a spreadsheet opens without running anything in them."""

from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from putler.kernel.cells import Cell, csv_text


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """A file to be saved as `name`.csv: every cell quoted, lines end with CRLF, a figure over nothing is empty."""
    return HttpResponse(
        csv_text(header, rows).encode(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"', "X-Content-Type-Options": "nosniff"},
    )
