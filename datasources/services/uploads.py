"""Files of transactions: checked whole first, imported in slices then, deleted with all their rows on request."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import audit
from accounts.audit import Verb
from datasources.connectors.ledger_csv import FileRefused, Good, InTestMode, Refused
from datasources.connectors.prefetch import ahead
from datasources.models import RefusedRecord, Upload, UploadState
from datasources.services import arriving, booking, ledger, news, recognising
from datasources.services.comparing import compare
from datasources.services.contents import Contents
from datasources.services.findings import MOST_REASONS as MOST_REASONS  # for those who show them
from datasources.services.findings import Findings
from datasources.services.naming import name_products
from putler.tenancy import lock, tenant

SLICE = 25_000  # rows of a file a transaction
MOST_TRIES = 5
PROVIDER = "csv"


class Overtaken(Exception):
    """Another worker, or a person, has moved the upload on; what this one did is taken back."""


def check(upload: Upload) -> None:
    """Read the whole file and note what would be refused; the ledger stays as it is.

    Afterwards the upload waits for somebody to say what its columns mean or what to import. A file in Putler's own
    format with good lines alone is imported at once. Safe to repeat.
    """
    try:
        recognising.recognise(upload)
        contents = Contents(upload)
        if not contents.is_readable:
            _set_state(upload, UploadState.ASKING, **_recognised(upload))
            return
        contents.refuse_rival()
        findings = _findings(contents)
    except FileRefused as error:
        fail(upload, error)
        return
    with tenant(upload.account_id):
        upload.refused_records.all().delete()
        RefusedRecord.objects.bulk_create(
            RefusedRecord(account_id=upload.account_id, upload=upload, line=fault.line, reason=fault.reason)
            for fault in findings.faults
        )
        _set_state(
            upload,
            _after_check(contents, findings),
            rows_read=sum(findings.rows.values()),
            rows_good=findings.rows[Good],
            rows_refused=findings.rows[Refused],
            rows_test=findings.rows[InTestMode],
            findings=findings.as_json() | contents.facts,
            **_recognised(upload),
        )


def import_good_lines(upload: Upload, *, now: datetime) -> None:
    """Post every good line, a slice at a time. Safe to repeat after a kill: it goes on behind what is posted.

    A source that the file brings is in no figure before the last slice is in.
    """
    contents, names = Contents(upload), set[str]()
    goods = (outcome for outcome in contents.read() if isinstance(outcome, Good))
    done, behind = upload.position, 0
    for part in ahead(_slices(goods)):  # read on while PostgreSQL is busy
        names.update(good.source for good in part)
        behind += len(part)
        if behind <= done:
            continue
        with tenant(upload.account_id):
            changed = upload.rows_changed + _post(upload, part, now=now)
            imported = upload.rows_imported + sum(good.rows for good in part)
            progress = {"position": behind, "rows_imported": imported, "rows_changed": changed}
            _set_state(upload, UploadState.IMPORTING, **progress)
            news.tell(upload.account_id)
    with tenant(upload.account_id):
        name_products(upload.account_id, contents.names)
        brought = upload.transactions.count()
        told_of = arriving.sources_named(upload.account_id, names).values_list("pk", flat=True)
        _set_state(upload, UploadState.DONE, rows_new=brought, sources=sorted(told_of))
        arriving.arrive(upload, names)
        news.tell(upload.account_id)
        detail = {"rows": upload.rows_imported}
        audit.record(Verb.FILE_IMPORTED, account_id=upload.account_id, subject=upload, detail=detail)


def _findings(contents: Contents) -> Findings:
    findings = Findings()
    for part in _slices(findings.watch(contents.read())):
        if contents.needs_decision:
            found = compare(contents.source, [good.draft for good in part])
            findings.compared = found + findings.compared if findings.compared else found
    return findings


def _after_check(contents: Contents, findings: Findings) -> UploadState:
    if findings.brings_nothing and not findings.faults and not (contents.source and contents.source.is_arriving):
        return UploadState.DONE
    if contents.needs_decision or findings.faults or not findings.movements:
        return UploadState.WAITING
    return UploadState.IMPORTING


def _recognised(upload: Upload) -> dict[str, object]:
    names = ("sha256", "header_digest", "preset", "reading")
    return {name: getattr(upload, name) for name in names} | {"position": 0, "rows_imported": 0, "rows_changed": 0}


def _slices(goods: Iterable[Good]) -> Iterator[list[Good]]:
    part: list[Good] = []
    rows = 0
    for good in goods:
        part.append(good)
        rows += good.rows
        if rows >= SLICE:
            yield part
            part, rows = [], 0
    if part:
        yield part


def open_questions(upload: Upload) -> list[str]:
    """What somebody must say of the file before it can be read."""
    reading = recognising.reading_of(upload)
    return reading.missing if reading else []


def discard(upload: Upload) -> None:
    """Let a checked file go without importing any of it."""
    _set_state(upload, UploadState.DISCARDED)


def fail(upload: Upload, why: object) -> None:
    """Note why the file as a whole cannot be read."""
    _set_state(upload, UploadState.FAILED, message=str(why))


def is_worth_another_try(upload: Upload) -> bool:
    """Count one more try of an upload whose job got lost; after too many it fails, and its owner is told so."""
    if upload.tries >= MOST_TRIES:
        fail(upload, "This file could not be worked on. Try a smaller part of it, or tell us.")
        return False
    _set_state(upload, UploadState(upload.state), tries=upload.tries + 1)
    return True


def delete(upload: Upload) -> None:
    """Delete every row that the file brought, the sources and customers left without rows, and the upload itself."""
    import_string(settings.PURGER_OF_FILES)(upload.account_id, upload.pk)


def _post(upload: Upload, lines: list[Good], *, now: datetime) -> int:
    """Post one slice; answers how many rows were told otherwise than before."""
    lock(booking.LOCK, upload.account_id)  # before a source is made, or two imports could wait for each other
    changed = 0
    lines.sort(key=lambda good: (good.source, good.line))
    for name, part in groupby(lines, key=lambda good: good.source):
        goods = list(part)
        source = arriving.source_named(upload.account_id, name, kind=goods[0].source_kind)
        known = arriving.told_by_provider(source, [good.draft.external_id for good in goods])
        drafts = [good.draft for good in goods if good.draft.external_id not in known]
        changed += ledger.post(source=source, drafts=drafts, now=now, upload=upload).changed
    return changed


def _set_state(upload: Upload, state: UploadState, **fields: object) -> None:
    """Raises Overtaken where somebody else has changed the state meanwhile: theirs holds."""
    changes = {"state": state, "touched_at": timezone.now(), **fields}
    was = upload.state
    for name, value in changes.items():
        setattr(upload, name, value)
    with tenant(upload.account_id):
        own = Upload.objects.filter(account_id=upload.account_id, pk=upload.pk, state=was)
        if not own.update(**changes):
            raise Overtaken
