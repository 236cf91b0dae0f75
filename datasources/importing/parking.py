"""What a failure means for the list that was read: try later, ask the merchant, or leave it alone.

Tries are counted and end: a list that fails for a day is given up with a sentence and a mail, and waits for a person.
"""

import logging
import random
from datetime import datetime, timedelta

from datasources.connectors.errors import ConnectorError, NeedsReconnect, Rejected, Throttled, Transient
from datasources.connectors.streams import UNFILTERED
from datasources.importing import pacing, runs
from datasources.importing.claims import MOST_TRIES, Claim, Overtaken
from datasources.models import StreamState
from datasources.services import notices
from putler.tenancy import tenant

PATIENCE = 3  # failures in a row after which a list that was never read is asked for without filter
LONGEST_BACK_OFF = timedelta(hours=1)
LONGEST_WISH = 24 * 3600.0  # seconds that a provider may ask us to stay away
CLEARED = {"position": ""} | dict.fromkeys(("window_kind", "window_from", "window_to", "again_from", "again_to"))

log = logging.getLogger(__name__)


def park(held: Claim, error: ConnectorError) -> None:
    """Let the list go as its failure asks for. The one place that decides it."""
    now, source = held.clock(), held.state.source
    try:
        with tenant(held.account_id):
            if isinstance(error, NeedsReconnect):
                held.release(due_at=None, error=str(error))
                _stop(held, str(error))
            elif isinstance(error, Rejected):
                held.release(due_at=now + timedelta(days=1), error=str(error), is_refused=True, **CLEARED)
            elif held.state.tries + 1 >= MOST_TRIES:
                _give_up(held, error)
            else:
                _try_later(held, error, now)
            runs.end_if_all_is_read(source, now=now)
    except Overtaken:
        return
    log.warning("An import stopped: %s", error, extra={"account_id": held.account_id, "stream": held.stream.name})


def _stop(held: Claim, text: str) -> None:
    """Read the source no more until the merchant connects it again, and tell so once: claims end with this."""
    source = held.state.source
    source.attention = text
    source.save(update_fields=["attention"])
    StreamState.objects.filter(account_id=held.account_id, source=source).update(due_at=None)
    runs.fail(source, now=held.clock())
    notices.connection_broke(source)


def _give_up(held: Claim, error: ConnectorError) -> None:
    """Leave a list alone that went on failing; the whole source where none of its lists works any more."""
    source, label = held.state.source, held.provider.connector.label
    text = f"{error} It was tried {MOST_TRIES} times. Connect {label} again to have it tried once more."
    held.release(due_at=None, error=text, tries=held.state.tries + 1)
    others = StreamState.objects.filter(account_id=held.account_id, source=source, is_refused=False)
    others = others.exclude(pk=held.state.pk)
    if not others.filter(error="").exists():
        _stop(held, text)
    elif not others.filter(due_at=None).exists():
        notices.list_failed(source, held.stream.label, text)


def _try_later(held: Claim, error: ConnectorError, now: datetime) -> None:
    due_at = _later(held.state, error, now)
    held.release(due_at=due_at, error=str(error), **_after_failure(held.state))
    if isinstance(error, Throttled):
        pacing.keep_away(held.state.source, until=due_at)


def _after_failure(state: StreamState) -> dict[str, object]:
    """One more try; a list of which nothing was ever read may be one whose filter the server cannot bear."""
    tries = state.tries + 1
    if tries >= PATIENCE and state.head_at is None and not state.position:
        return {"tries": tries, "position": UNFILTERED}
    return {"tries": tries}


def _later(state: StreamState, error: ConnectorError, now: datetime) -> datetime:
    asked = error.retry_after if isinstance(error, Transient) else None
    if asked is not None:
        return now + timedelta(seconds=min(asked, LONGEST_WISH))
    pause = min(timedelta(seconds=15 * 2.0 ** min(state.tries, 8)), LONGEST_BACK_OFF)
    return now + pause * random.uniform(0.75, 1.0)  # noqa: S311  spreads tries; no secret depends on it
