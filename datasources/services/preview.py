"""The first rows of a file, as they would be understood: a glance for a person, made of the file's beginning alone."""

from itertools import islice
from pathlib import Path
from typing import NamedTuple

from datasources.connectors.base import MovementDraft
from datasources.connectors.files import text
from datasources.connectors.files.readers import reader_of
from datasources.connectors.files.reading import Reading
from datasources.connectors.files.text import Stored
from datasources.connectors.ledger_csv import FileRefused, Good, Refused
from datasources.models import Upload

_ROWS = 200  # that are read
_SHOWN = 5


class Preview(NamedTuple):
    """What the first rows say; `trouble`: why nothing can be shown."""

    movements: tuple[MovementDraft, ...] = ()
    refused: tuple[Refused, ...] = ()
    trouble: str = ""


def preview(upload: Upload, how: Stored, reading: Reading) -> Preview:
    """Read the first rows in this way; never raises for what the file holds."""
    if reading.missing:
        return Preview(trouble=f"Still to be said: {', '.join(reading.missing)}.")
    try:
        rows = islice(text.rows(Path(upload.path), how), _ROWS)
        outcomes = list(reader_of(reading, width=len(how.header)).read(rows))
    except FileRefused as error:
        return Preview(trouble=str(error))
    return Preview(
        tuple(outcome.draft for outcome in outcomes if isinstance(outcome, Good))[:_SHOWN],
        tuple(outcome for outcome in outcomes if isinstance(outcome, Refused))[:_SHOWN],
    )
