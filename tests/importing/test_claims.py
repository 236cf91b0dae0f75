"""Who may read a list: one job at a time, and only as long as it is not taken for dead."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections
from django.db.backends.utils import CursorWrapper

from datasources.importing.claims import LEASE, Claim, Overtaken, claim
from datasources.models import Credential, DataSource, StreamState, Transaction
from datasources.sandbox.server import Sandbox
from datasources.sandbox.wire import Request
from datasources.services.connecting import accept_key
from datasources.services.providers import provider
from putler.tenancy import tenant
from tests import make
from tests.importing.conftest import KEY, NOON, Clock, Faults, Importer
from tests.importing.processes import WAITING, eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reader(young_sandbox: Sandbox, clock: Clock) -> Importer:
    """A source of which nothing is read yet, committed."""
    return Importer(make.account(), clock)


class Other(threading.Thread):
    """Another worker: a thread with a database connection of its own."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self.work = work
        self.result: Any = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.result = self.work()
        except Exception as error:  # noqa: BLE001  the test's own thread raises it
            self.error = error
        finally:
            connections.close_all()

    def done(self) -> Any:
        """What it came to."""
        self.join(timeout=30)
        assert not self.is_alive()
        if self.error:
            raise self.error
        return self.result


def claim_charges(reader: Importer) -> Claim | None:
    return claim(reader.account.pk, reader.state("charges").pk, clock=reader.clock)


def taken(reader: Importer) -> Claim:
    """The list of charges, taken by this job."""
    held = claim_charges(reader)
    assert held
    return held


def set_source(reader: Importer, **fields: Any) -> None:
    with tenant(reader.account.pk):
        DataSource.objects.filter(account=reader.account).update(**fields)


def test_one_of_two_takes_a_list(reader: Importer) -> None:
    pk, barrier = reader.state("charges").pk, threading.Barrier(2)

    def take() -> Claim | None:
        barrier.wait()
        return claim(reader.account.pk, pk, clock=reader.clock)

    workers = [Other(take), Other(take)]
    assert sorted(bool(worker.done()) for worker in workers) == [False, True]


def test_a_list_is_free_again_when_its_lease_is_over(reader: Importer, clock: Clock) -> None:
    first = taken(reader)
    clock.forward(seconds=LEASE.total_seconds())
    assert claim_charges(reader) is None

    clock.forward(seconds=1)
    assert taken(reader).state.claim == first.state.claim + 1


def test_every_page_renews_the_lease(reader: Importer, clock: Clock) -> None:
    held = taken(reader)
    clock.forward(seconds=50)
    with tenant(reader.account.pk):
        held.hold(position="ch_9")

    state = reader.state("charges")
    assert (state.position, state.lease_until, state.due_at) == ("ch_9", clock() + LEASE, clock() + LEASE)


def test_who_was_overtaken_can_neither_hold_nor_release(reader: Importer, clock: Clock) -> None:
    held = taken(reader)
    clock.forward(seconds=61)
    taken(reader)

    with pytest.raises(Overtaken), tenant(reader.account.pk):
        held.hold(position="x")
    with pytest.raises(Overtaken), tenant(reader.account.pk):
        held.release(due_at=None)
    assert reader.state("charges").position == ""


@pytest.mark.parametrize("closed", [{"unlinked_at": NOON}, {"attention": "Connect it again."}])
def test_a_source_that_is_closed_meanwhile_can_be_read_no_more(reader: Importer, closed: dict[str, Any]) -> None:
    held = taken(reader)
    set_source(reader, **closed)

    with pytest.raises(Overtaken), tenant(reader.account.pk):
        held.hold(position="x")
    assert reader.state("charges").position == ""


def test_new_access_ends_the_jobs_that_have_the_old_one(reader: Importer, clock: Clock) -> None:
    held = taken(reader)
    accept_key(reader.account, provider("stripe"), KEY + "_2", now=clock())

    with pytest.raises(Overtaken), tenant(reader.account.pk):
        held.hold()
    assert taken(reader).secret() == KEY + "_2"


def test_a_source_that_asks_for_attention_is_not_claimed(reader: Importer) -> None:
    set_source(reader, attention="Connect it again.")

    assert claim_charges(reader) is None
    assert (reader.state("charges").due_at, reader.state("charges").lease_until) == (None, None)


def test_nothing_to_read_is_no_claim_and_falls_due_later(reader: Importer, clock: Clock) -> None:
    reader.run()

    assert claim_charges(reader) is None
    assert reader.state("charges").due_at == NOON + timedelta(minutes=10)


def test_a_claim_opens_what_was_sealed(reader: Importer) -> None:
    with tenant(reader.account.pk):
        assert KEY not in Credential.objects.get(account=reader.account).sealed

    assert taken(reader).secret() == KEY


@contextmanager
def held_up(reader: Importer, faults: Faults) -> Iterator[Other]:
    """A slice of the charges, read by another worker whose server does not answer before the block ends."""
    arrived, go_on = threading.Event(), threading.Event()

    def wait(request: Request) -> None:
        if request.path == "/v1/charges" and not arrived.is_set():
            arrived.set()
            go_on.wait(timeout=30)

    faults.when = wait
    other = Other(lambda: reader.slice("charges"))
    assert arrived.wait(timeout=30)
    try:
        yield other
    finally:
        go_on.set()
        other.join(timeout=30)


def rows(reader: Importer) -> int:
    with tenant(reader.account.pk):
        return Transaction.objects.filter(account=reader.account).count()


def test_a_slow_job_that_was_overtaken_writes_nothing(reader: Importer, faults: Faults, clock: Clock) -> None:
    with held_up(reader, faults) as slow:
        clock.forward(seconds=61)
        held = taken(reader)
    slow.done()

    assert rows(reader) == 0
    state = reader.state("charges")
    assert (state.claim, state.position, state.head_at) == (held.state.claim, "", None)
    assert state.lease_until == held.state.lease_until


@pytest.mark.parametrize("closed", [{"unlinked_at": NOON}, {"attention": "Connect it again."}])
def test_a_source_that_is_closed_while_it_is_read_gets_nothing_more(
    reader: Importer, faults: Faults, closed: dict[str, Any]
) -> None:
    with held_up(reader, faults) as slow:
        set_source(reader, **closed)
    slow.done()

    assert rows(reader) == 0
    assert reader.state("charges").head_at is None


def test_a_claim_does_not_wait_for_rows_that_others_book_for_the_source(reader: Importer) -> None:
    """As a pair's other source does while it holds what this one would wait for next."""
    held = taken(reader)
    pk = reader.source.pk

    def hold() -> None:
        with tenant(reader.account.pk):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
            held.hold(position="ch_9")

    with tenant(reader.account.pk), connection.cursor() as cursor:
        cursor.execute("SELECT FROM datasources_datasource WHERE id = %s FOR KEY SHARE", [pk])
        Other(hold).done()
    assert reader.state("charges").position == "ch_9"


@pytest.mark.parametrize("work", ["claim", "hold"])
def test_who_waits_for_the_source_holds_none_of_its_lists(reader: Importer, work: str) -> None:
    """As new access does, and a refusal: they lock the source, and then change all its lists."""
    held = taken(reader)
    if work == "claim":
        reader.clock.forward(seconds=61)

    def hold() -> None:
        with tenant(reader.account.pk):
            held.hold(position="ch_9")

    with tenant(reader.account.pk), connection.cursor() as cursor:
        DataSource.objects.filter(account=reader.account).update(name="Another")
        other = Other(hold if work == "hold" else partial(claim_charges, reader))
        eventually(lambda: is_waiting(cursor))
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        StreamState.objects.filter(account=reader.account).update(tries=1)
    other.done()


def is_waiting(cursor: CursorWrapper) -> bool:
    """Whether another session waits for a lock."""
    cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw at its first look
    cursor.execute(WAITING)
    return bool(cursor.fetchone()[0])
