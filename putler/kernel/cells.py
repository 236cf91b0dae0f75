"""Cells of files that spreadsheets open: what begins like a formula must stay text."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

Cell = str | int | Decimal | None
_BEGINS_A_FORMULA: Final = re.compile(r"[\s\u00a0\ufeff\u200b]*[=+\-@＝＋－＠]|[\t\r\n]")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A CSV file: every cell quoted, lines end in CR LF, texts guarded, numbers as they are, nothing for None."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([written(cell) for cell in header])
    writer.writerows([written(cell) for cell in row] for row in rows)
    return out.getvalue()


def written(cell: Cell) -> str:
    """A cell's text: numbers as they are, words that a spreadsheet would take for a formula behind an apostrophe."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, int):
        return str(cell)
    text = cell.replace("\0", "")  # first: what is left must not begin like a formula
    return f"'{text}" if _BEGINS_A_FORMULA.match(text) else text
