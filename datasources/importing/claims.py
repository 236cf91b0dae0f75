"""Who reads a list at the moment: a lease on its row, renewed with every page, and a number that each claim raises.

What a job has read commits together with its position, and only while the claim is still its own: a job that was slow
or was taken for dead writes nothing after another has taken over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, F, Q, QuerySet, Value, When
from django_q.tasks import async_task

from accounts.models import Account
from datasources.connectors.errors import NeedsReconnect
from datasources.connectors.streams import Stream
from datasources.importing import pacing
from datasources.importing.plan import Planned, due_again, next_window
from datasources.models import Credential, DataSource, StreamState
from datasources.services.providers import Provider, provider, unseal
from putler.kernel.encryption import SealError
from putler.tenancy import tenant

LEASE = timedelta(seconds=60)
MOST_TRIES = 30  # of a list, within about a day; then a person must look
TASK = "datasources.tasks.import_stream"
Clock = Callable[[], datetime]


class Overtaken(Exception):
    """Another job has taken over, or the source is not to be read: what this one did since is taken back."""


@dataclass
class Claim:
    """A list that this job alone reads, and the span that is next; `clock` gives the present time."""

    state: StreamState
    provider: Provider
    stream: Stream
    planned: Planned
    clock: Clock

    @property
    def account_id(self) -> int:
        return self.state.account_id

    def secret(self) -> str:
        """What lets us read the source. Outside tenant(). Raises NeedsReconnect where it cannot be had any more."""
        with tenant(self.account_id):
            own = Credential.objects.filter(account_id=self.account_id, source=self.state.source)
            credential = own.select_related("source").first()
        try:
            if credential:
                return unseal(credential)
        except SealError as error:
            raise NeedsReconnect("What let Putler read this source cannot be opened. Connect it again.") from error
        raise NeedsReconnect("Putler has no access to this source any more. Connect it again.")

    def hold(self, **changes: Any) -> None:
        """Write changes to the list's row and renew the lease. Inside tenant(). Raises Overtaken."""
        until = self.clock() + LEASE
        self._update({"lease_until": until, "due_at": until, **changes})

    def release(self, *, due_at: datetime | None, **changes: Any) -> None:
        """Let the list go; the sweep rings for it at `due_at`. Inside tenant(). Raises Overtaken."""
        self._update({"lease_until": None, "due_at": due_at, **changes})

    def plan(self, planned: Planned) -> None:
        """Read this span next, by whoever goes on with the list. Inside tenant(). Raises Overtaken."""
        start, end = planned.window
        self.hold(window_kind=planned.kind, window_from=start, window_to=end, window_rows=0)
        self.planned = planned

    def _update(self, changes: dict[str, Any]) -> None:
        own = StreamState.objects.filter(account_id=self.account_id, pk=self.state.pk, claim=self.state.claim)
        # It names no column of the list's, so PostgreSQL asks it first of all, and locks the list after the source.
        may_be_read = Exists(_locked(self.account_id, pk=self.state.source_id).filter(**_OPEN))
        if not own.filter(may_be_read).update(**changes):
            raise Overtaken
        for name, value in changes.items():
            if not isinstance(value, F):
                setattr(self.state, name, value)


def claim(account_id: int, stream_id: int, *, clock: Clock) -> Claim | None:
    """Take a list of a linked source that nobody reads; None where somebody does, or where nothing is to be read.

    Of a paused account nothing is: its lists stay due, and go on once it goes on.
    """
    now = clock()
    if Account.objects.paused(now=now).filter(pk=account_id).exists():
        return None
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    with tenant(account_id):
        own = StreamState.objects.filter(account_id=account_id, pk=stream_id)
        source = _locked(account_id, streams=stream_id).first()
        if source is None:
            return None
        # Own columns alone: a condition on another table would not be asked again after waiting for a rival's claim.
        taken = {"claim": F("claim") + 1, "lease_until": now + LEASE, "due_at": now + LEASE, "tries": _TRIES}
        if not own.filter(free).update(**taken):
            return None
        if any(getattr(source, name) != value for name, value in _OPEN.items()):
            own.update(lease_until=None, due_at=None)
            return None
        state = own.get()
        state.source, whose = source, provider(source.provider)
        stream = next(one for one in whose.connector.streams if one.name == state.stream)
        planned, is_paced = next_window(state, stream, now), pacing.pause(source, now) > pacing.SHORT
        if planned is None or is_paced:
            own.update(lease_until=None, due_at=source.paced_until if planned else due_again(state, stream))
            return None
        held = Claim(state, whose, stream, planned, clock)
        if state.window_kind is None:
            held.plan(planned)
        return held


# A lease that nobody gave back is a job that died: a try too, or a list that kills its workers would go on for ever.
_TRIES = Case(When(lease_until=None, then=F("tries")), default=F("tries") + Value(1))


_OPEN = {"unlinked_at": None, "paused_at": None, "attention": ""}  # of a source that is linked and lets us in


def _locked(account_id: int, **which: Any) -> QuerySet[DataSource]:
    """The source, which stays as it is until the end of this transaction.

    Asked before any of its lists is written: who locks both takes the source first, or two would wait for each other.
    """
    # Not the key: rows that others book for this source refer to it, and would wait for us while we wait for them.
    sources = DataSource.objects.select_for_update(no_key=True, of=("self",))
    return sources.filter(account_id=account_id, **which)


def ring(account_id: int, stream_id: int) -> None:
    """Queue a job for the list once the current transaction has committed."""
    transaction.on_commit(partial(async_task, TASK, account_id, stream_id, cluster="long"))
