"""One slice of an import: as many pages of one list as fit into a budget, each batch of them one transaction.

Safe to run twice, and to kill at any point: rows, position and changed hours commit together or not at all.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F
from django.utils import timezone

from datasources.connectors.base import Draft
from datasources.connectors.errors import ConnectorError, Transient
from datasources.connectors.http import Http
from datasources.connectors.streams import Page
from datasources.importing import pacing, runs, turns
from datasources.importing.claims import LEASE, MOST_TRIES, Claim, Clock, Overtaken, claim, ring
from datasources.importing.parking import park
from datasources.importing.plan import AGAIN, HISTORY, due_again, left_again, next_part, next_window, reach_after
from datasources.models import RefusedRecord
from datasources.services import arriving, ledger, news
from putler.kernel.money import MoneyError
from putler.tenancy import commit_softly, tenant

BATCH_TIME = timedelta(seconds=3)  # of fetching, before what is there is committed
BATCH_ROWS = 2_000
OURS = "Putler failed over something in this list."

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
    """Read the list's next span for a turn, then queue the next slice. `sleep`: waits between two requests."""
    held = claim(account_id, stream_id, clock=clock)
    if held is None:
        return
    try:
        _read(held, sleep)
    except Overtaken:
        log.info("An import was taken over.", extra={"account_id": account_id, "stream_id": stream_id})
    except ConnectorError as error:
        park(held, error)
    except Exception:
        # Ours, not the provider's; it must neither be tried for ever nor go unseen.
        log.exception("An import failed.", extra={"account_id": account_id, "stream": held.stream.name})
        park(held, Transient(OURS))


def _read(held: Claim, sleep: Sleep) -> None:
    begun = held.clock()
    if held.state.tries >= MOST_TRIES:
        raise Transient("The worker that read this list died each time.")
    http = held.provider.http(held.secret(), sleep=sleep)
    try:
        _wait(held, sleep)
        while _read_window(held, http, sleep, begun) and _goes_on(held, begun):
            pass
    finally:
        http.close()
    with tenant(held.account_id):
        _go_on(held)


def _read_window(held: Claim, http: Http, sleep: Sleep, begun: datetime) -> bool:
    """Read the planned span; answers whether all of it was read within the turn."""
    window = held.planned.window
    pages, asked = held.provider.connector.pages(http, held.stream, window, held.state.position), http.asked
    for batch in _batches(pages, held.clock):
        _commit(held, batch, http.asked - asked)
        asked = http.asked
        _wait(held, sleep)
        if batch.position and _is_over(held, begun):
            return False
    return True


def _goes_on(held: Claim, begun: datetime) -> bool:
    """Plan the next span of history within this turn; all other spans take turns with those of other lists."""
    planned = next_window(held.state, held.stream, held.clock())
    if held.planned.kind != HISTORY or planned is None or planned.kind != HISTORY or _is_over(held, begun):
        return False
    with tenant(held.account_id):
        held.plan(planned)
    return True


def _is_over(held: Claim, begun: datetime) -> bool:
    """Whether the turn is: after a while where others wait, else later, or where the provider wants a long pause."""
    now = held.clock()
    if now - begun >= turns.SLICE or pacing.pause(held.state.source, now) > pacing.SHORT:
        return True
    return now - begun >= turns.TURN and turns.others_wait(held.account_id)


def _wait(held: Claim, sleep: Sleep) -> None:
    """Keep the source's pace, unless that takes so long that the list is to wait and not the worker."""
    pause = pacing.pause(held.state.source, held.clock())
    if timedelta() < pause <= pacing.SHORT:
        sleep(pause.total_seconds())


def _batches(pages: Iterator[Page], clock: Clock) -> Iterator[Batch]:
    """Pages in batches of BATCH_ROWS or BATCH_TIME; each ends where the list may be taken up again."""
    batch, begun = Batch([]), clock()
    for page in pages:
        batch.pages.append(page)
        if not page.position or batch.rows >= BATCH_ROWS or clock() - begun >= BATCH_TIME:
            yield batch
            batch, begun = Batch([]), clock()


def _commit(held: Claim, batch: Batch, requests: int) -> None:
    """Write a batch into the ledger, with the position that vouches for it and the requests that it took."""
    drafts, refused, in_test = _understood(held, batch)
    now, source = held.clock(), held.state.source
    with tenant(held.account_id):
        commit_softly()
        held.hold(**_reached(held, batch, now), tries=0, error="", is_refused=False)
        pacing.use_up(source, requests=requests, per_second=held.provider.per_second, now=now)
        posted = ledger.post(source=source, drafts=drafts, now=now)
        arriving.take_over(source, drafts)
        counts = {"rows_read": batch.rows, "rows_test": in_test, "rows_refused": _keep(held, refused)}
        runs.count(source, now=now, rows_new=posted.new, rows_changed=posted.changed, **counts)
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


def _reached(held: Claim, batch: Batch, now: datetime) -> dict[str, Any]:
    """How far the list is read with this batch: within the span, or to its end."""
    state, planned = held.state, held.planned
    state.is_unfiltered = batch.is_unfiltered
    changes: dict[str, Any] = {"position": batch.position[:200], "is_unfiltered": batch.is_unfiltered}
    changes["window_rows"] = F("window_rows") + batch.rows
    if batch.position:
        return changes
    rest = next_part(state, held.stream, planned, now)
    start, end = rest.window if rest else (None, None)
    if planned.kind == AGAIN:  # else it may have been asked for meanwhile
        changes["again_from"], changes["again_to"] = left_again(state, planned)
    span = {"window_kind": rest and rest.kind, "window_from": start, "window_to": end}
    return changes | span | reach_after(state, planned, now)._asdict()


def _go_on(held: Claim) -> None:
    """Let the list go: to the next slice where there is more, else until it falls due again."""
    now, source = held.clock(), held.state.source
    held.hold()  # from here on no webhook comes in between
    held.state.refresh_from_db(fields=["nudged_at", "again_from", "again_to"])
    if next_window(held.state, held.stream, now) is None:
        held.release(due_at=due_again(held.state, held.stream))
        runs.end_if_all_is_read(source, now=now)
    elif pacing.pause(source, now) > pacing.SHORT:
        held.release(due_at=source.paced_until)
    else:
        held.release(due_at=now + LEASE)
        ring(held.account_id, held.state.pk)
