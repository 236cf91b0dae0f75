"""What people read and ran by hand: the dated entries of docs/security/reviews.md."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings

from compliance.evidence.base import Finding

FILE: Final[Path] = settings.ROOT / "docs" / "security" / "reviews.md"
READ_EVERY: Final = timedelta(days=183)
AUDITED_EVERY: Final = timedelta(days=31)
ENTRY: Final = re.compile(r"^## (\d{4}-\d{2}-\d{2}) · (.+)$", re.MULTILINE)
AUDITED: Final = re.compile(r"^- Dependencies audited: yes\b", re.MULTILINE)


class Entry(NamedTuple):
    """One review. `version`: the release that it was made for."""

    on: date
    version: str
    text: str


def entries(text: str) -> list[Entry]:
    """The reviews of the file, newest first."""
    _, *parts = ENTRY.split(text)
    found = [Entry(date.fromisoformat(on), version, said) for on, version, said in zip(*[iter(parts)] * 3, strict=True)]
    return sorted(found, reverse=True)


def unreviewed(changelog: str, text: str) -> list[str]:
    """The versions of a change log that no review names."""
    versions = re.findall(r"^## v?(\d\S*)", changelog, re.MULTILINE)
    reviewed = {word for entry in entries(text) for word in entry.version.split()}
    return [version for version in versions if version not in reviewed]


def read(now: datetime) -> Finding:
    """When somebody last read the code for faults of security."""
    newest = next(iter(entries(_text())), None)
    return _dated(newest, "Read by hand", READ_EVERY, now)


def dependencies(now: datetime) -> Finding:
    """When the packages that the site is built on were last held against the known faults."""
    audited = (entry for entry in entries(_text()) if AUDITED.search(entry.text))
    return _dated(next(audited, None), "Packages audited", AUDITED_EVERY, now)


def _text() -> str:
    return FILE.read_text() if FILE.exists() else ""


def _dated(entry: Entry | None, what: str, longest: timedelta, now: datetime) -> Finding:
    source = "the log of reviews that comes with the code"
    if entry is None:
        return Finding(f"{what}: no record", source, is_met=False)
    is_met = now.astimezone(UTC).date() - entry.on <= longest
    return Finding(f"{what} on {entry.on:%-d %B %Y}", source, is_met)
