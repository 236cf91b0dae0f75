"""Writing a copy: a ZIP with each table as JSON Lines and as CSV, and a text that explains every field."""

import csv
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from compliance.exporting import files
from compliance.exporting.tables import Part, Row
from putler.kernel.cells import Cell, written

Progress = Callable[[int], None]
ABOUT: Final = """\
Your data from Putler, made on {made:%Y-%m-%d at %H:%M} UTC: {what}

Each table is there twice: as JSON Lines (one JSON object a line, UTF-8) for programs, and as CSV for spreadsheets,
where text that would be taken for a formula has an apostrophe before it. Moments are UTC, as 2026-01-31T12:00:00+00:00.
Amounts are minor units (cents) of the currency beside them. “id” is a row's number within the account; a field that is
named like another table holds such a number.

Who receives these data: the members of the account, as far as their role and sources allow; the provider of this
site's servers and its mail server, who process them on its behalf. Nobody else: they are not sold, and no advertiser
or analytics service gets any. {site}/privacy/ names everybody.

The tables and their fields. Of each field that may say something of a person: about whom, what for and on what ground
it is kept, for how long, and how it goes.
"""


def write(path: Path, parts: Sequence[Part], *, about: str, progress: Progress) -> None:
    """Make the file, whole or not at all."""
    workplace = Path(tempfile.mkdtemp(dir=files.folder()))
    try:
        half = workplace / "half.zip"
        with ZipFile(half, "w", ZIP_DEFLATED) as archive:
            archive.writestr("README.txt", about + "".join(map(_described, parts)))
            for label, own in _by_label(parts).items():
                _write_table(archive, workplace, label, own, progress)
        half.chmod(0o600)
        half.replace(path)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _by_label(parts: Sequence[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.label, []).append(part)
    return found


def _write_table(archive: ZipFile, workplace: Path, label: str, parts: list[Part], progress: Progress) -> None:
    lines, cells = workplace / "rows.jsonl", workplace / "rows.csv"
    fields = parts[0].fields
    with lines.open("w", encoding="utf-8") as as_json, cells.open("w", encoding="utf-8", newline="") as as_csv:
        table = csv.writer(as_csv, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        table.writerow(fields)
        for part in parts:
            for rows in part.batches():
                as_json.writelines(_line(fields, row) for row in rows)
                table.writerows([written(_cell(value)) for value in row] for row in rows)
                progress(len(rows))
    name = label.lower().replace(".", "-")
    archive.write(lines, f"{name}.jsonl")
    archive.write(cells, f"{name}.csv")


def _line(fields: list[str], row: Row) -> str:
    return json.dumps(dict(zip(fields, row, strict=True)), default=_plain, ensure_ascii=False) + "\n"


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, str | int | Decimal):
        return value
    return json.dumps(value, default=_plain, ensure_ascii=False) if isinstance(value, list | dict) else _plain(value)


def _described(part: Part) -> str:
    lines = [f"\n{part.label.lower().replace('.', '-')}\n", f"  {' '.join(part.fields)}\n"]
    for name, told in part.personal.items():
        lines.append(
            f"  {name}: about {told.whose}; {told.purpose}; {told.basis}; kept {told.kept}; goes {told.erased}\n"
        )
    return "".join(lines)
