"""One slice of an import: as many pages of one list as fit into a budget, each batch of them one transaction.

Safe to run twice, and to kill at any point: rows, position and changed hours commit together or not at all.
"""

import logging
import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import F
from django.utils import timezone

from datasources.connectors.base import Draft
from datasources.connectors.errors import ConnectorError, NeedsReconnect, Rejected, Transient
from datasources.connectors.streams import UNFILTERED, Page
from datasources.importing import runs
from datasources.importing.claims import LEASE, Claim, Clock, Overtaken, claim, ring
from datasources.importing.plan import AGAIN, due_again, left_again, next_part, next_window, reach_after
from datasources.models import RefusedRecord, StreamState
from datasources.services import arriving, ledger, news, notices
from putler.kernel.money import MoneyError
from putler.tenancy import commit_softly, tenant

SLICE = timedelta(seconds=20)  # of one job, so that all lists and accounts take turns
BATCH_TIME = timedelta(seconds=3)  # of fetching, before what is there is committed
BATCH_ROWS = 2_000
PATIENCE = 3  # failures in a row after which a list that was never read is asked for without filter
LONGEST_BACK_OFF = timedelta(hours=1)
LONGEST_WISH = 24 * 3600.0  # seconds that a provider may ask us to stay away

Sleep = Callable[[float], None]

log = logging.getLogger(__name__)


class Batch(NamedTuple):
    """Pages that commit together."""

    pages: list[Page]

    @property
    def position(self) -> str:
        return self.pages[-1].position

    @property
    def is_unfiltered(self) -> bool:
        return self.pages[-1].is_unfiltered

    @property
    def rows(self) -> int:
        return sum(len(page.records) for page in self.pages)


def import_slice(account_id: int, stream_id: int, *, clock: Clock = timezone.now, sleep: Sleep = time.sleep) -> None:
    """Read the list's next span for up to SLICE, then queue the next slice. `sleep`: waits between two tries."""
    held = claim(account_id, stream_id, clock=clock)
    if held is None:
        return
    try:
        _read(held, sleep)
    except Overtaken:
        log.info("An import was taken over.", extra={"account_id": account_id, "stream_id": stream_id})
    except ConnectorError as error:
        _park(held, error)


def _read(held: Claim, sleep: Sleep) -> None:
    until = held.clock() + SLICE
    kind, window = held.planned
    if held.state.window_kind is None:
        with tenant(held.account_id):
            held.hold(window_kind=kind, window_from=window.start, window_to=window.end, window_rows=0)
    http = held.provider.http(held.secret, sleep=sleep)
    try:
        pages = held.provider.connector.pages(http, held.stream, window, held.state.position)
        for batch in _batches(pages, held.clock):
            _commit(held, batch)
            if batch.position and held.clock() >= until:
                break
    finally:
        http.close()
    with tenant(held.account_id):
        _go_on(held)


def _batches(pages: Iterator[Page], clock: Clock) -> Iterator[Batch]:
    """Pages in batches of BATCH_ROWS or BATCH_TIME; each ends where the list may be taken up again."""
    batch, begun = Batch([]), clock()
    for page in pages:
        batch.pages.append(page)
        if not page.position or batch.rows >= BATCH_ROWS or clock() - begun >= BATCH_TIME:
            yield batch
            batch, begun = Batch([]), clock()


def _commit(held: Claim, batch: Batch) -> None:
    """Write a batch into the ledger, with the position that vouches for it."""
    drafts, refused, in_test = _understood(held, batch)
    now, source = held.clock(), held.state.source
    with tenant(held.account_id):
        commit_softly()
        held.hold(
            position=batch.position[:200],
            is_unfiltered=batch.is_unfiltered,
            window_rows=F("window_rows") + batch.rows,
            tries=0,
            error="",
            is_refused=False,
        )
        posted = ledger.post(source=source, drafts=drafts, now=now)
        arriving.take_over(source, drafts)
        counts = {"rows_read": batch.rows, "rows_test": in_test, "rows_refused": _keep(held, refused)}
        runs.count(source, now=now, rows_new=posted.new, rows_changed=posted.changed, **counts)
        if not batch.position:
            _finish_window(held)
        if posted.new or posted.changed:
            news.tell(held.account_id)


def _understood(held: Claim, batch: Batch) -> tuple[list[Draft], list[RefusedRecord], int]:
    """The drafts of a batch, what was refused, and how many records of test mode were left out."""
    connector, source = held.provider.connector, held.state.source
    drafts: list[Draft] = []
    refused: list[RefusedRecord] = []
    in_test = 0
    for record in (record for page in batch.pages for record in page.records):
        if connector.is_live(record) is False and not source.is_test:
            in_test += 1
            continue
        try:
            drafts += connector.normalise(record, held.stream)
        except MoneyError as error:
            whose = {"account_id": held.account_id, "source": source, "stream": held.stream.name}
            refused.append(RefusedRecord(**whose, ref=str(record.id)[:200], reason=str(error)))
    return drafts, refused, in_test


def _keep(held: Claim, refused: list[RefusedRecord]) -> int:
    """Write down the records that were refused for the first time; answers how many."""
    if not refused:
        return 0
    own = RefusedRecord.objects.filter(account_id=held.account_id, source=held.state.source, stream=held.stream.name)
    known = set(own.filter(ref__in=[record.ref for record in refused]).values_list("ref", flat=True))
    return len(RefusedRecord.objects.bulk_create(record for record in refused if record.ref not in known))


def _finish_window(held: Claim) -> None:
    now = held.clock()
    reach = reach_after(held.state, held.planned, now)
    rest = next_part(held.state, held.stream, held.planned, now)
    start, end = rest.window if rest else (None, None)
    again: dict[str, datetime | None] = {}
    if held.planned.kind == AGAIN:  # else it may have been asked for meanwhile
        again["again_from"], again["again_to"] = left_again(held.state, held.planned)
    held.hold(**reach._asdict(), **again, window_kind=rest and rest.kind, window_from=start, window_to=end)


def _go_on(held: Claim) -> None:
    """Let the list go: to the next slice where there is more, else until it falls due again."""
    now = held.clock()
    if next_window(held.state, held.stream, now):
        held.release(due_at=now + LEASE)
        ring(held.account_id, held.state.pk)
    else:
        held.release(due_at=due_again(held.state, held.stream))
        runs.end_if_all_is_read(held.state.source, now=now)


def _park(held: Claim, error: ConnectorError) -> None:
    """The one place that decides what a failure means: try later, ask the merchant, or leave this list alone."""
    now, source = held.clock(), held.state.source
    try:
        with tenant(held.account_id):
            if isinstance(error, NeedsReconnect):
                held.release(due_at=None, error=str(error))
                _stop(held, error)
            elif isinstance(error, Rejected):
                cleared = dict.fromkeys(("window_kind", "window_from", "window_to", "again_from", "again_to"))
                held.release(due_at=now + timedelta(days=1), error=str(error), is_refused=True, position="", **cleared)
            else:
                held.release(due_at=_later(held.state, error, now), error=str(error), **_after_failure(held.state))
            runs.end_if_all_is_read(source, now=now)
    except Overtaken:
        return
    log.warning("An import stopped: %s", error, extra={"account_id": held.account_id, "stream": held.stream.name})


def _stop(held: Claim, error: NeedsReconnect) -> None:
    """Read the source no more until the merchant connects it again, and tell so once: claims end with this."""
    source = held.state.source
    source.attention = str(error)
    source.save(update_fields=["attention"])
    StreamState.objects.filter(account_id=held.account_id, source=source).update(due_at=None)
    runs.fail(source, now=held.clock())
    notices.connection_broke(source)


def _after_failure(state: StreamState) -> dict[str, object]:
    """One more try; a list of which nothing was ever read may be one whose filter the server cannot bear."""
    tries = state.tries + 1
    if tries == PATIENCE and state.head_at is None and not state.position:
        return {"tries": tries, "position": UNFILTERED}
    return {"tries": tries}


def _later(state: StreamState, error: ConnectorError, now: datetime) -> datetime:
    asked = error.retry_after if isinstance(error, Transient) else None
    if asked is not None:
        return now + timedelta(seconds=min(asked, LONGEST_WISH))
    pause = min(timedelta(seconds=15 * 2.0 ** min(state.tries, 8)), LONGEST_BACK_OFF)
    return now + pause * random.uniform(0.75, 1.0)  # noqa: S311  spreads tries; no secret depends on it
