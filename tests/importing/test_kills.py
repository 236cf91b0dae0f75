"""Workers die, and PostgreSQL too, at the worst of moments; the sums come out as the shop's own."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.models import Sum
from psycopg.conninfo import conninfo_to_dict

from datasources.models import DataSource, ImportRun, StreamState, Transaction
from datasources.sandbox.dialects.stripe.hooks import sign
from datasources.sandbox.server import Sandbox
from datasources.sandbox.world.shop import World
from datasources.services import hooks
from datasources.services.hooks import Delivery, Outcome
from putler import postgres
from putler.tenancy import tenant
from tests import make
from tests.importing.conftest import NOON, Clock, Importer
from tests.importing.processes import PARTS, eventually, finish, gate, worker
from tests.importing.sums import assert_whole

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def source(young_sandbox: Sandbox, clock: Clock) -> DataSource:
    """A source of which nothing is read yet."""
    return Importer(make.account(), clock).source


@pytest.fixture
def crashing_server(tmp_path: Path) -> Iterator[Path]:
    """A server of its own, as safe against crashes as it comes; both of Django's connections lead to it."""
    before = {alias: dict(connections[alias].settings_dict) for alias in ("default", "owner")}
    with postgres.server(tmp_path) as superuser_url:
        urls = postgres.bootstrap(superuser_url)
        lead_to({"default": urls["DATABASE_URL"], "owner": urls["DATABASE_OWNER_URL"]})
        try:
            call_command("migrate", database="owner", verbosity=0)
            yield tmp_path
        finally:
            for alias, settings in before.items():
                connections[alias].close()
                connections[alias].settings_dict.update(settings)
    shutil.rmtree(postgres.data_folder(tmp_path).parent)


def lead_to(urls: dict[str, str]) -> None:
    for alias, url in urls.items():
        connections[alias].close()
        parts = conninfo_to_dict(url)
        connections[alias].settings_dict.update({name: parts.get(word, "") for name, word in PARTS.items()})


def rows(source: DataSource) -> int:
    """How many rows of the ledger are committed."""
    with tenant(source.account_id):
        return Transaction.objects.filter(account_id=source.account_id, source=source).count()


def counted(source: DataSource) -> int:
    """How many rows the runs say were new."""
    with tenant(source.account_id):
        return ImportRun.objects.filter(source=source).aggregate(n=Sum("rows_new"))["n"] or 0


def positions(source: DataSource) -> list[tuple[object, ...]]:
    """How far each list is read."""
    with tenant(source.account_id):
        states = StreamState.objects.filter(source=source).order_by("number")
        return list(states.values_list("stream", "tail_at", "head_at", "position"))


def bell(source: DataSource) -> Callable[[], Outcome]:
    """Delivers one event, the same each time."""
    with tenant(source.account_id):
        hook = hooks.hook_of(source)
        hooks.keep_secret(hook, "whsec_of_the_shop")
        token = hooks.address(hook).rstrip("/").rpartition("/")[2]
    body = json.dumps({"id": "evt_1", "object": "event", "type": "charge.refunded"}).encode()
    headers = {"Stripe-Signature": sign(body, secret="whsec_of_the_shop", at=NOON)}

    def ring() -> Outcome:
        try:
            return hooks.receive(token, Delivery(body, headers), now=NOON)
        finally:
            connections["default"].close()

    return ring


def rung(source: DataSource) -> set[str]:
    """The lists that are marked for the news that a webhook told of."""
    with tenant(source.account_id):
        return set(StreamState.objects.filter(source=source, nudged_at=NOON).values_list("stream", flat=True))


def end_leases(source: DataSource) -> None:
    """Let the time pass after which a dead worker's list is free."""
    with tenant(source.account_id):
        StreamState.objects.filter(source=source).exclude(lease_until=None).update(lease_until=NOON)


def assert_all_is_there(source: DataSource, world: World) -> None:
    """The sums are the shop's own, and every row was counted as new once."""
    assert_whole(source.account, world, now=NOON)
    assert counted(source) == rows(source)


def test_killed_between_insert_and_commit(source: DataSource, young_world: World) -> None:
    with gate(from_rows=1) as shut, worker(source) as process:
        backend = shut.wait_for_one()
        before = positions(source)
        assert shut.writes_the_ledger(backend)
        assert process.poll() is None
        process.kill()
        assert process.wait() == -signal.SIGKILL
        shut.open()
        eventually(lambda: not shut.is_alive(backend))
        assert rows(source) == counted(source) == 0
        assert positions(source) == before

        end_leases(source)
        finish(source)
    assert_all_is_there(source, young_world)


def test_killed_right_after_commit(source: DataSource, young_world: World) -> None:
    with worker(source) as process:
        eventually(lambda: rows(source))
        assert process.poll() is None
        process.kill()
        assert process.wait() == -signal.SIGKILL
        assert rows(source) == counted(source) > 0
        assert any(head for _, _, head, _ in positions(source))
        assert not all(head for _, _, head, _ in positions(source))

    end_leases(source)
    finish(source)
    assert_all_is_there(source, young_world)


def test_two_workers_on_one_source(source: DataSource, young_world: World) -> None:
    with gate(from_rows=0) as shut, worker(source) as one, worker(source) as other:
        eventually(lambda: shut.waiting() == 2)
        shut.open()
        for process in (one, other):
            _, said = process.communicate(timeout=60)
            assert process.returncode == 0, said.decode()
        assert len(shut.passed()) == 2

    assert_all_is_there(source, young_world)


def test_a_webhook_that_rings_while_a_worker_is_killed_is_heard_once_and_kept(source: DataSource) -> None:
    ring = bell(source)
    with gate(from_rows=1) as shut, worker(source) as process, ThreadPoolExecutor() as pool:
        backend, before = shut.wait_for_one(), positions(source)
        heard = pool.submit(ring)
        eventually(lambda: shut.waiting() == 2)  # the delivery, behind what the worker has not committed
        process.kill()
        assert process.wait() == -signal.SIGKILL
        assert not heard.done()
        shut.open()
        eventually(lambda: not shut.is_alive(backend))
        assert heard.result(timeout=30) is Outcome.HEARD
        assert (rows(source), positions(source), ring()) == (0, before, Outcome.HEARD_BEFORE)
        assert rung(source) == {"charges", "refunds", "balance_transactions"}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_postgresql_dies_and_comes_back(
    crashing_server: Path, young_sandbox: Sandbox, clock: Clock, young_world: World
) -> None:
    source = Importer(make.account(), clock).source
    with gate(from_rows=100) as shut, worker(source) as process:
        backend = shut.wait_for_one()
        assert shut.writes_the_ledger(backend)
        committed = rows(source)
        connections["default"].close()
        postmaster = int((postgres.data_folder(crashing_server) / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)  # the immediate mode: no buffer is written, no session asked
        process.communicate(timeout=30)
        assert process.returncode not in {0, None}
        eventually(lambda: not is_running(postmaster))
        with postgres.server(crashing_server):
            assert rows(source) == committed

            end_leases(source)
            finish(source)
            assert_all_is_there(source, young_world)
            connections["default"].close()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
