"""What happened lately, newest first: money, subscriptions, goals and sources. Source: docs/metrics.md, “Activity”."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import merge
from itertools import islice, pairwise
from typing import Any, Final, NamedTuple

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from analytics import engine, goals
from analytics.models import Goal
from analytics.query import Query
from datasources.models import Booked, Booking, DataSource, ImportRun, RunState, SubscriptionEvent
from putler.kernel.money import Money
from putler.kernel.periods import midnight
from putler.tenancy import tenant


class Happening(StrEnum):
    """What an entry of the log tells."""

    SALE = "sale"
    REFUND = "refund"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    PAYMENT_FAILED = "payment_failed"
    SUBSCRIPTION_STARTED = "subscription_started"
    SUBSCRIPTION_UP = "subscription_up"
    SUBSCRIPTION_DOWN = "subscription_down"
    SUBSCRIPTION_PAUSED = "subscription_paused"
    SUBSCRIPTION_CANCELLED = "subscription_cancelled"
    SUBSCRIPTION_REACTIVATED = "subscription_reactivated"
    GOAL_REACHED = "goal_reached"
    SOURCE_CONNECTED = "source_connected"
    SOURCE_FAILED = "source_failed"


class Place(NamedTuple):
    """Where an entry stands in the log; the next page begins below it."""

    at: datetime
    stream: int
    id: int


@dataclass(frozen=True, slots=True)
class Event:
    """An entry. `subject`: the booking, subscription event, goal, source or run; money in its own currency."""

    place: Place
    what: Happening
    subject: Booking | SubscriptionEvent | Goal | DataSource | ImportRun
    money: Money | None = None


_BOOKED: Final = {
    Booked.SALE: Happening.SALE,
    Booked.REFUND: Happening.REFUND,
    Booked.DISPUTE: Happening.DISPUTE_OPENED,
    Booked.DISPUTE_REVERSAL: Happening.DISPUTE_WON,
    Booked.FAILED_SALE: Happening.PAYMENT_FAILED,
}
_TOLD: Final = {
    "started": Happening.SUBSCRIPTION_STARTED,
    "paused": Happening.SUBSCRIPTION_PAUSED,
    "cancelled": Happening.SUBSCRIPTION_CANCELLED,
    "resumed": Happening.SUBSCRIPTION_REACTIVATED,
}
Stream = Callable[[Query, Collection[Happening], Place | None, int], Iterator[Event]]


def activity_log(
    query: Query, *, kinds: Collection[Happening] = tuple(Happening), below: Place | None = None, limit: int = 50
) -> list[Event]:
    """One page of what happened up to `query.now` in the query's sources; its period is not looked at.

    `below`: the place of the last entry of the page before. Ties stand in a fixed order: none is lost or doubled.
    """
    wanted = frozenset(kinds)
    with tenant(query.account.pk):
        pages = [stream(query, wanted, below, limit) for stream in _STREAMS]
        return list(islice(merge(*pages, key=lambda event: event.place, reverse=True), limit))


def _bookings(query: Query, wanted: Collection[Happening], below: Place | None, limit: int) -> Iterator[Event]:
    kinds = [kind for kind, what in _BOOKED.items() if what in wanted]
    rows = Booking.objects.filter(query.scope.holds, account=query.account, kind__in=kinds)
    rows = rows.select_related("customer", "source")
    for row in _page(rows, _Page(query, "occurred_at", "transaction_id", limit), 0, below):
        yield Event(
            Place(row.occurred_at, 0, row.transaction_id),
            _BOOKED[Booked(row.kind)],
            row,
            Money.from_minor(row.amount, row.currency),
        )


def _subscriptions(query: Query, wanted: Collection[Happening], below: Place | None, limit: int) -> Iterator[Event]:
    rows = SubscriptionEvent.objects.filter(
        account=query.account, subscription__account=query.account, subscription__source__in=query.scope.sources
    ).select_related("subscription", "subscription__customer", "subscription__product")
    if not any(what.startswith("subscription") for what in wanted):
        return
    mark, found = below, 0
    while found < limit:  # what changed is known from the event before only, so a page may hold others
        page = list(_page(rows, _Page(query, "effective_at", "pk", limit), 1, mark))
        for row, what in zip(page, _changes(query, page), strict=True):
            if what and what in wanted and found < limit:
                found += 1
                yield Event(Place(row.effective_at, 1, row.pk), what, row, Money.from_minor(row.amount, row.currency))
        if len(page) < limit:
            return
        mark = Place(page[-1].effective_at, 1, page[-1].pk)


def _changes(query: Query, page: list[SubscriptionEvent]) -> Iterator[Happening | None]:
    """What each event was: a change is up or down by its price beside that of the event before."""
    known = SubscriptionEvent.objects.filter(
        account=query.account, subscription__in={row.subscription_id for row in page if row.event == "changed"}
    ).order_by("subscription", "effective_at", "pk")
    before = {
        later.pk: earlier for earlier, later in pairwise(known) if earlier.subscription_id == later.subscription_id
    }
    for row in page:
        if row.event != "changed":
            yield _TOLD.get(row.event)
            continue
        now, then = row.amount * row.quantity, before.get(row.pk)
        paid = then.amount * then.quantity if then else 0
        if now == paid:
            yield None
        else:
            yield Happening.SUBSCRIPTION_UP if now > paid else Happening.SUBSCRIPTION_DOWN


def _goals(query: Query, wanted: Collection[Happening], below: Place | None, limit: int) -> Iterator[Event]:
    if Happening.GOAL_REACHED not in wanted:
        return
    zone, found = engine.serving(query).zone, []
    for goal in query.account.goals.order_by("-last", "-pk")[:limit]:
        day = goals.progress(goal, query).reached_on
        if day and (below is None or Place(midnight(day, zone), 2, goal.pk) < below):
            found.append(Event(Place(midnight(day, zone), 2, goal.pk), Happening.GOAL_REACHED, goal))
    yield from sorted(found, key=lambda event: event.place, reverse=True)


def _sources(query: Query, wanted: Collection[Happening], below: Place | None, limit: int) -> Iterator[Event]:
    if Happening.SOURCE_CONNECTED in wanted:
        rows = DataSource.objects.filter(account=query.account, pk__in=query.scope.sources)
        for row in _page(rows, _Page(query, "connected_at", "pk", limit), 3, below):
            yield Event(Place(row.connected_at, 3, row.pk), Happening.SOURCE_CONNECTED, row)


def _failures(query: Query, wanted: Collection[Happening], below: Place | None, limit: int) -> Iterator[Event]:
    if Happening.SOURCE_FAILED in wanted:
        rows = ImportRun.objects.filter(
            account=query.account, source__in=query.scope.sources, state=RunState.FAILED
        ).select_related("source")
        rows = rows.annotate(at=Coalesce("ended_at", F("started_at")))
        for row in _page(rows, _Page(query, "at", "pk", limit), 4, below):
            yield Event(Place(row.at, 4, row.pk), Happening.SOURCE_FAILED, row)


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of one stream, whose rows have an instant `at` and are told apart by `key`."""

    query: Query
    at: str
    key: str
    limit: int


def _page(rows: QuerySet[Any], page: _Page, stream: int, place: Place | None) -> QuerySet[Any]:
    at, key = page.at, page.key
    rows = rows.filter(**{f"{at}__lte": page.query.now}).order_by(f"-{at}", f"-{key}")
    if place is not None:
        tied = {f"{at}": place.at} if stream < place.stream else {f"{at}": place.at, f"{key}__lt": place.id}
        earlier = Q(**{f"{at}__lt": place.at})
        rows = rows.filter(earlier if stream > place.stream else earlier | Q(**tied), **{f"{at}__lte": place.at})
    return rows[: page.limit]


_STREAMS: Final[tuple[Stream, ...]] = (_bookings, _subscriptions, _goals, _sources, _failures)
