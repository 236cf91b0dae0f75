"""Promises, and how they stand by what was measured."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from compliance.evidence.base import Reading, State, read, worst
from compliance.evidence.registry import MEASURES
from compliance.models import Evidence


@dataclass(frozen=True)
class Promise:
    """A sentence that people may rely on.

    `kept_by`: how the software does it. `evidence`: names of measurements. `rules`: numbers in docs/security/rules.md.
    `more`: the name of a page that says more.
    """

    slug: str
    says: str
    kept_by: str
    evidence: tuple[str, ...]
    rules: tuple[str, ...]
    more: str = ""


@dataclass(frozen=True)
class Chapter:
    """Promises about one thing."""

    title: str
    about: str
    promises: tuple[Promise, ...]


@dataclass(frozen=True)
class Kept:
    """A promise as it stands now."""

    promise: Promise
    readings: tuple[Reading, ...]

    @property
    def state(self) -> State:
        """That of its worst evidence."""
        return worst([reading.state for reading in self.readings])


def standing(promises: Iterable[Promise], *, now: datetime) -> list[Kept]:
    """How promises stand, from what was written down: one query, however many there are."""
    rows = {row.name: row for row in Evidence.objects.all()}
    return [
        Kept(promise, tuple(read(MEASURES[name], rows.get(name), now=now) for name in promise.evidence))
        for promise in promises
    ]
