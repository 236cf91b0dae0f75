"""How a file is to be read: as a file with these columns was read before, else as its header and its values tell."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from datasources.connectors import ledger_csv
from datasources.connectors.files import text
from datasources.connectors.files.dates import DateOrder
from datasources.connectors.files.reading import Reading, guessed, settled
from datasources.connectors.files.shapes import Export, Shape
from datasources.connectors.files.text import Stored
from datasources.connectors.ledger_csv import FileRefused
from datasources.models import DataSource, Upload, UploadState
from putler.tenancy import tenant

LEDGER = "ledger"
_LONGEST_NAME = 200


def recognise(upload: Upload) -> None:
    """Note in the upload, unsaved, what it is and how it is to be read; what somebody has settled before stays.

    `preset` is LEDGER for a file in Putler's own format. Raises FileRefused where it is no table.
    """
    path = Path(upload.path)
    upload.sha256 = text.digest(path)
    if upload.preset == LEDGER:
        return
    how = text.stored(path)
    upload.header_digest = how.digest
    if not upload.preset and is_ledger(how):
        upload.preset = LEDGER
        return
    reading = reading_of(upload)
    if reading is None:
        likely = _remembered(upload) or _guessed(upload, how)
        wishes = _wishes(upload, likely, how)
        reading = replace(likely, **{"decimal": None, "dates": None} | wishes)
        proven = settled(reading, text.rows(path, how))
        reading = replace(
            proven,
            decimal=proven.decimal or likely.decimal,
            dates=proven.dates or likely.dates,
            currency=wishes.get("currency", proven.currency),
        )
    keep(upload, how, settled(reading, text.rows(path, how)))


def is_ledger(how: Stored) -> bool:
    """Whether the header is that of Putler's own format."""
    return set(ledger_csv.REQUIRED) <= {name.lower() for name in how.header}


def keep(upload: Upload, how: Stored, reading: Reading) -> None:
    """Note in the upload, unsaved, how it is to be read."""
    upload.preset = reading.shape.value
    upload.reading = {"stored": how._asdict(), "reading": reading.as_json()}


def stored_of(upload: Upload) -> Stored:
    """How the file stores its rows, once that was found out."""
    kept: dict[str, Any] = (upload.reading or {})["stored"]
    return Stored(kept["encoding"], kept["delimiter"], tuple(kept["header"]))


def reading_of(upload: Upload) -> Reading | None:
    """How the file is read, as far as that is known."""
    return Reading.from_json(upload.reading["reading"]) if upload.reading and "reading" in upload.reading else None


def _remembered(upload: Upload) -> Reading | None:
    """How somebody had a file with the same columns read."""
    with tenant(upload.account_id):
        alike = Upload.objects.filter(
            account_id=upload.account_id, header_digest=upload.header_digest, state=UploadState.DONE
        ).exclude(pk=upload.pk)
        before = alike.exclude(reading=None).order_by("-uploaded_at", "-pk").first()
    reading = before and reading_of(before)
    return reading if reading and upload.preset in {"", reading.shape} else None


def _guessed(upload: Upload, how: Stored) -> Reading:
    with tenant(upload.account_id):
        account = upload.account
        found = guessed(
            how,
            shape=Shape(upload.preset) if upload.preset else None,
            currency=account.base_currency,
            zone=account.time_zone,
            source=_name_of(upload),
        )
        return replace(found, source=_source_of(upload, found.export)) if found.export else found


def _source_of(upload: Upload, export: Export) -> str:
    """The source that an export goes into: the one that is read from its provider; nothing where there are several."""
    linked = DataSource.objects.filter(account_id=upload.account_id, provider=export.provider, unlinked_at=None)
    names = list(linked.values_list("name", flat=True))
    return "" if len(names) > 1 else names[0] if names else export.source


def _name_of(upload: Upload) -> str:
    """The file's name without its ending and without what the eye does not see."""
    stem = Path(upload.name.removesuffix(".gz")).stem
    return "".join(filter(str.isprintable, stem)).strip()[:_LONGEST_NAME] or "Line items"


def _wishes(upload: Upload, likely: Reading, how: Stored) -> dict[str, Any]:
    """What whoever handed the file in has said of it, in the words of a Reading."""
    said: dict[str, Any] = dict((upload.reading or {}).get("wishes", {}))
    if upload.source_name:
        said["source"] = upload.source_name
    if "columns" in said:
        said["columns"] = likely.columns | {field: _place(name, how) for field, name in said["columns"].items()}
    if "dates" in said:
        said["dates"] = DateOrder(said["dates"])
    return said


def _place(name: str, how: Stored) -> int:
    names = [known.casefold() for known in how.header]
    if name.casefold() not in names:
        raise FileRefused(f"The file has no column “{name[:40]}”.")
    return names.index(name.casefold())
