"""The journal of what was erased: in the database, and in a file that no backup of the database contains.

An entry is written to both before anything is erased. A database in which entries of the file are missing was restored
from a backup, and holds again what people were told is gone: the site does not start on it before
`manage.py after_restore` has erased that once more.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from compliance.models import JournalEntry

Kind = JournalEntry.Kind
_FIELDS: Final = ("kind", "account", "subject")


class Entry(NamedTuple):
    """What was erased: a kind of thing, the public ids of its account and of itself; of a digest, the digest."""

    kind: str
    account: str
    subject: str


def of(kind: Kind, subject: UUID | str, *, account: UUID | None = None) -> Entry:
    """The entry of a thing."""
    return Entry(kind.value, str(account or ""), str(subject))


def enter(*entries: Entry, now: datetime) -> None:
    """Write down what is about to be erased. Safe to repeat."""
    note(*entries, now=now)
    _append([one._asdict() | {"at": now.isoformat()} for one in entries])


def note(*entries: Entry, now: datetime) -> None:
    """Write into the database what the file has. Safe to repeat."""
    rows = [JournalEntry(kind=one.kind, account=one.account or None, subject=one.subject, at=now) for one in entries]
    JournalEntry.objects.bulk_create(rows, ignore_conflicts=True)


def missing() -> list[Entry]:
    """What the file says was erased and the database does not know of, oldest first."""
    told = dict.fromkeys(_told())
    if not told:
        return []
    known = {
        Entry(kind, str(account or ""), subject)
        for kind, account, subject in JournalEntry.objects.values_list(*_FIELDS).iterator()
    }
    return [one for one in told if one not in known]


def _told() -> Iterator[Entry]:
    path: Path = settings.ERASURES
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                told = json.loads(line)
                yield Entry(*(told[name] for name in _FIELDS))
            except (ValueError, KeyError, TypeError) as error:
                raise ImproperlyConfigured(f"Line {number} of {path} is no entry of the erasure journal.") from error


def _append(lines: list[dict[str, str]]) -> None:
    """Add lines to the file, on the disk before this returns."""
    path: Path = settings.ERASURES
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, text.encode())
        os.fsync(file)
    finally:
        os.close(file)
