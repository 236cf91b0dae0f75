"""Cells of files that spreadsheets open: what begins like a formula must stay text."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

BEGINNINGS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
Cell = str | int | Decimal | None


def guarded(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet could take it for a formula, after blanks too."""
    return f"'{text}" if text.lstrip(" \u00a0\u3000\ufeff\u200b").startswith(BEGINNINGS) else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A CSV file: every cell quoted, lines end in CR LF, texts guarded, numbers as they are."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return out.getvalue()


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    return guarded(cell).replace("\0", "") if isinstance(cell, str) else str(cell)
