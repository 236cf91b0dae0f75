"""What an upload holds, movement by movement, whatever format it has."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from datasources.connectors import ledger_csv
from datasources.connectors.files import text
from datasources.connectors.files.countries import code_of
from datasources.connectors.files.exports import EXPORTS
from datasources.connectors.files.outcomes import HALF, Outcome
from datasources.connectors.files.readers import reader_of
from datasources.connectors.files.spill import Seen
from datasources.connectors.ledger_csv import FileRefused, Good, Refused
from datasources.models import DataSource, Upload
from datasources.services.recognising import LEDGER, reading_of, stored_of
from putler.tenancy import tenant

_MOST_NOTES = 50


class Contents:
    """A recognised upload, to be read from its start as often as needed.

    `needs_decision`: it is not in Putler's own format, so a person looks before it is imported. `source`: the one
    that such a file goes into, where it is there already. `names`: of products by code, once the file is read.
    """

    def __init__(self, upload: Upload) -> None:
        self._upload, self._path = upload, Path(upload.path)
        self._reading = None if upload.preset == LEDGER else reading_of(upload)
        self.needs_decision = upload.preset != LEDGER
        self.names: Mapping[str, str] = {}
        self.facts: dict[str, Any] = {}
        with tenant(upload.account_id):
            linked = DataSource.objects.filter(account_id=upload.account_id, unlinked_at=None)
            self._kinds = dict(linked.values_list("name", "kind"))
            self.source = linked.filter(name=self._reading.source).first() if self._reading else None

    @property
    def is_readable(self) -> bool:
        """Whether everything is known that reading it takes."""
        return not self.needs_decision or (self._reading is not None and not self._reading.missing)

    def read(self) -> Iterator[Outcome]:
        """The file's lines, with what one line alone cannot tell. Raises FileRefused."""
        if self._reading is None:
            yield from self._consistent(self._ledger())
            return
        how = stored_of(self._upload)
        items = reader_of(self._reading, width=len(how.header))
        outcomes = items.read(text.rows(self._path, how))
        yield from (self._refused_kind(outcome) for outcome in outcomes)
        self.names = items.names
        strange = sorted(name for name in items.countries if code_of(name) is None)
        self.facts = {
            "products": items.products,
            "countries": len(items.countries),
            "strange_countries": strange[:20],
            "notes": items.notes[:_MOST_NOTES],
        }

    def _refused_kind(self, outcome: Outcome) -> Outcome:
        if not isinstance(outcome, Good):
            return outcome
        kind = self._kinds.setdefault(outcome.source, outcome.source_kind)
        if kind == outcome.source_kind:
            return outcome
        return Refused(outcome.line, f"Its source “{outcome.source[:40]}” is known as a {kind}.", outcome.rows)

    def refuse_rival(self) -> None:
        """Raise FileRefused where another export has brought the same payments under other numbers."""
        export = self._reading and self._reading.export
        if not export or not export.rival or not self.source:
            return
        with tenant(self._upload.account_id):
            rivals = Upload.objects.filter(account_id=self._upload.account_id, preset=export.rival)
            rival = rivals.filter(transactions__source=self.source).first()
        if rival:
            raise FileRefused(
                f"{EXPORTS[export.rival].label} “{rival.name[:100]}” has brought the payments of "
                f"{self.source.name[:100]} already, and numbers them otherwise. Delete its rows first, "
                "or import this file into another source."
            )

    def _ledger(self) -> Iterator[Outcome]:
        with text.lines(self._path, "utf-8-sig") as lines:
            yield from ledger_csv.read(lines)

    def _consistent(self, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
        """Without lines that contradict an earlier one, or that take their source for one of another kind."""
        seen = Seen()
        for outcome in outcomes:
            if not isinstance(outcome, Good):
                yield outcome
                continue
            good = outcome._replace(source=self._upload.source_name or outcome.source)
            key = f"{good.source}\x1f{good.draft.external_id}"
            if line := seen.contradicted(key, good.line, hash(good.draft) % HALF):
                yield Refused(good.line, f"Line {line} has the same external_id and says something else.")
            elif (kind := self._kinds.setdefault(good.source, good.source_kind)) != good.source_kind:
                yield Refused(good.line, f"source_kind is {good.source_kind}, but its source is known as a {kind}.")
            else:
                yield good
