"""Files of transactions: checked whole first, imported in slices then, deleted with all their rows on request."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path

from django.utils import timezone

from datasources.connectors import ledger_csv
from datasources.connectors.base import MovementDraft
from datasources.connectors.ledger_csv import FileRefused, Good, InTestMode, Refused
from datasources.models import DataSource, RefusedRecord, Upload, UploadState
from datasources.services import booking, ledger, news, people
from putler.tenancy import lock, tenant

SLICE = 5_000  # lines a transaction
MOST_TRIES = 5
MOST_REASONS = 1_000  # refused lines that are kept by line; more are only counted
PROVIDER = "csv"
PRESETS = {"ledger": ledger_csv.read}


class Overtaken(Exception):
    """Another worker, or a person, has moved the upload on; what this one did is taken back."""


def check(upload: Upload) -> None:
    """Read the whole file and note what would be refused; the ledger stays as it is.

    Afterwards the upload waits for a decision, or, when every line is good, for its import. Safe to repeat.
    """
    faults: list[Refused] = []
    counts = {Good: 0, Refused: 0, InTestMode: 0}
    try:
        for outcome in _checked(upload):
            counts[type(outcome)] += 1
            if isinstance(outcome, Refused) and len(faults) < MOST_REASONS:
                faults.append(outcome)
    except FileRefused as error:
        fail(upload, error)
        return
    with tenant(upload.account_id):
        upload.refused_records.all().delete()
        RefusedRecord.objects.bulk_create(
            RefusedRecord(account_id=upload.account_id, upload=upload, line=line, reason=reason)
            for line, reason in faults
        )
        state = UploadState.WAITING if faults or not counts[Good] else UploadState.IMPORTING
        _set_state(
            upload,
            state,
            rows_read=sum(counts.values()),
            rows_good=counts[Good],
            rows_refused=counts[Refused],
            rows_test=counts[InTestMode],
        )


def import_good_lines(upload: Upload, *, now: datetime) -> None:
    """Post every good line, a slice at a time. Safe to repeat after a kill: rows that arrived stay as they are."""
    lines = (outcome for outcome in _checked(upload) if isinstance(outcome, Good))
    imported = changed = 0
    while part := list(islice(lines, SLICE)):
        with tenant(upload.account_id):
            changed += _post(upload, part, now=now)
            imported += len(part)
            _set_state(upload, UploadState.IMPORTING, rows_imported=imported, rows_changed=changed)
            news.tell(upload.account_id)
    with tenant(upload.account_id):
        brought = upload.transactions.count()
        _set_state(upload, UploadState.DONE, rows_new=brought)


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
    with tenant(upload.account_id):
        touched = set(upload.transactions.values_list("source_id", flat=True).distinct())
    while _delete_slice(upload):
        pass
    with tenant(upload.account_id):
        lock(booking.LOCK, upload.account_id)  # another import may be about to post into one of these sources
        DataSource.objects.filter(account_id=upload.account_id, pk__in=touched, transactions=None).delete()
        upload.delete()
        news.tell(upload.account_id)


def _delete_slice(upload: Upload) -> bool:
    with tenant(upload.account_id):
        lock(booking.LOCK, upload.account_id)
        rows = dict(upload.transactions.order_by("pk").values_list("pk", "customer_id")[:SLICE])
        booking.remove(upload.account_id, rows.keys())
        buyers = {customer for customer in rows.values() if customer}
        people.unowned(upload.account_id).filter(pk__in=buyers).delete()
    return bool(rows)


def _post(upload: Upload, lines: list[Good], *, now: datetime) -> int:
    """Post one slice; answers how many rows were told otherwise than before."""
    lock(booking.LOCK, upload.account_id)  # before a source is made, or two imports could wait for each other
    changed = 0
    lines.sort(key=lambda good: (good.source, good.line))
    for name, part in groupby(lines, key=lambda good: good.source):
        goods = list(part)
        source = _source(upload.account_id, name, goods[0].source_kind)
        changed += ledger.post(source=source, drafts=[good.draft for good in goods], now=now, upload=upload).changed
    return changed


def _source(account_id: int, name: str, kind: str) -> DataSource:
    source, _ = DataSource.objects.get_or_create(
        account_id=account_id, name=name, unlinked_at=None, defaults={"provider": PROVIDER, "kind": kind}
    )
    return source


def _checked(upload: Upload) -> Iterator[Good | Refused | InTestMode]:
    """The file's lines, with what one line alone cannot tell: two that contradict, and a source of another kind."""
    with tenant(upload.account_id):
        sources = DataSource.objects.filter(account_id=upload.account_id, unlinked_at=None)
        kinds = dict(sources.values_list("name", "kind"))
    seen: dict[tuple[str, str], tuple[int, MovementDraft]] = {}
    for outcome in _read(upload):
        if not isinstance(outcome, Good):
            yield outcome
            continue
        good = outcome._replace(source=upload.source_name or outcome.source)
        line, draft = seen.setdefault((good.source, good.draft.external_id), (good.line, good.draft))
        if draft != good.draft:
            yield Refused(good.line, f"Line {line} has the same external_id and says something else.")
        elif (kind := kinds.setdefault(good.source, good.source_kind)) != good.source_kind:
            yield Refused(good.line, f"source_kind is {good.source_kind}, but its source is known as a {kind}.")
        else:
            yield good


def _read(upload: Upload) -> Iterator[Good | Refused | InTestMode]:
    try:
        with Path(upload.path).open(encoding="utf-8-sig", newline="") as text:
            yield from PRESETS[upload.preset](text)
    except UnicodeDecodeError as error:
        raise FileRefused("The file is not text in UTF-8.") from error
    except FileNotFoundError as error:
        raise FileRefused("The file is no longer there; upload it again.") from error


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
