"""What of the sources in view has not arrived yet, so that no half-read span is taken for a fall in sales."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from accounts.models import Account
from datasources.models import DataSource, StreamState, coverage
from putler.kernel.periods import local_day


class Arrival(NamedTuple):
    """A source whose history is still being read; `since`: its first complete local day, None while there is none."""

    source: DataSource
    since: date | None


def arrivals(account: Account, sources: Collection[DataSource]) -> list[Arrival]:
    """The sources among these of which older rows are still to come. Inside tenant()."""
    states = defaultdict(list)
    connected = [source for source in sources if source.is_connected]
    for state in StreamState.objects.filter(account=account, source__in=connected) if connected else ():
        states[state.source_id].append(state)
    covered = [(source, coverage(states[source.pk])) for source in connected]
    return [
        Arrival(source, local_day(span.since, account.zone) + timedelta(days=1) if span.since else None)
        for source, span in covered
        if not span.is_whole
    ]


def complete_since(arriving: Collection[Arrival], today: date) -> date | None:
    """The first local day on which nothing is missing; None where nothing is missing at all."""
    return max((one.since or today + timedelta(days=1) for one in arriving), default=None)
