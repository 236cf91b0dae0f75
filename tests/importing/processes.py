"""Worker processes that tests kill, and a gate that holds them between their last write and COMMIT."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from django.conf import settings
from django.db import connections
from psycopg.conninfo import make_conninfo

from datasources.models import DataSource

GATE: Final = 4711
PARTS: Final = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
LONGEST: Final = 30.0  # seconds that a test waits for a worker to come somewhere
# ruff: noqa: S608  a constant in statements of constants
# Every batch writes its run last. `commits` is a plain table of the owner's: who came through, and when they committed.
MAKE_GATE: Final = f"""
    CREATE TABLE commits (pid int NOT NULL);
    CREATE FUNCTION pass_gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        IF NEW.rows_new >= TG_ARGV[0]::int THEN
            PERFORM pg_advisory_xact_lock_shared({GATE}, 1);
        END IF;
        INSERT INTO public.commits VALUES (pg_backend_pid());
        RETURN NULL;
    END $$;
"""
IN_THE_GATE: Final = f"""
    SELECT a.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.classid = {GATE} AND NOT l.granted AND a.backend_xid IS NOT NULL
"""
WRITES_THE_LEDGER: Final = """
    SELECT count(*) FROM pg_locks
    WHERE pid = %s AND mode = 'RowExclusiveLock' AND relation::regclass::text LIKE 'datasources_transaction%%'
"""
WAITING: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'
"""


def eventually(condition: Callable[[], object]) -> None:
    """Wait until the condition holds."""
    until = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < until, "It never came to that."
        time.sleep(0.005)


@contextmanager
def worker(source: DataSource) -> Iterator[subprocess.Popen[bytes]]:
    """A process that imports the source; none outlives the block."""
    database = connections["default"].settings_dict
    address = {word: database[name] for name, word in PARTS.items() if database[name]}
    provider = settings.PROVIDERS["stripe"]
    environment = os.environ | {
        "DATABASE_URL": make_conninfo(**address),
        "DJANGO_SETTINGS_MODULE": "putler.settings",
        "PROVIDER_STRIPE_API_URL": provider["API_URL"],
        "PROVIDER_STRIPE_AUTH_URL": provider["AUTH_URL"],
    }
    command = [sys.executable, "-m", "tests.importing.worker", str(source.account_id), str(source.pk)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def finish(source: DataSource) -> None:
    """Let a fresh worker read what is left."""
    with worker(source) as process:
        _, said = process.communicate(timeout=LONGEST * 2)
        assert process.returncode == 0, said.decode()


class Gate:
    """Holds workers that are about to commit, as long as it is shut."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def held(self) -> int | None:
        """The backend that waits in the gate with what it wrote and has not committed."""
        row = self.connection.execute(IN_THE_GATE).fetchone()
        return row[0] if row else None

    def wait_for_one(self) -> int:
        """Wait until a worker stands in the gate; answers its backend."""
        eventually(self.held)
        backend = self.held()
        assert backend
        return backend

    def writes_the_ledger(self, backend: int) -> bool:
        """Whether a backend has written rows of the ledger in its open transaction."""
        row = self.connection.execute(WRITES_THE_LEDGER, [backend]).fetchone()
        return bool(row and row[0])

    def waiting(self) -> int:
        """How many backends wait for a lock, in the gate or behind it."""
        row = self.connection.execute(WAITING).fetchone()
        assert row
        return int(row[0])

    def is_alive(self, backend: int) -> bool:
        """Whether the server still has it."""
        return bool(self.connection.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [backend]).rowcount)

    def open(self) -> None:
        """Let everybody through from now on."""
        self.connection.execute("SELECT pg_advisory_unlock_all()")

    def passed(self) -> set[int]:
        """The backends of committed batches."""
        return {pid for (pid,) in self.connection.execute("SELECT pid FROM commits")}


@contextmanager
def gate(*, from_rows: int) -> Iterator[Gate]:
    """A shut gate for batches after which the run counts at least so many new rows."""
    trigger = f"AFTER UPDATE ON datasources_importrun FOR EACH ROW EXECUTE FUNCTION pass_gate({from_rows})"
    with psycopg.connect(**connections["owner"].get_connection_params(), autocommit=True) as owner:
        owner.execute(MAKE_GATE)
        owner.execute(f"CREATE TRIGGER gate {trigger}")
    try:
        # As the workers' role, which alone sees what they are doing.
        with psycopg.connect(**connections["default"].get_connection_params(), autocommit=True) as connection:
            connection.execute(f"SELECT pg_advisory_lock({GATE}, 1)")
            yield Gate(connection)
    finally:
        with psycopg.connect(**connections["owner"].get_connection_params(), autocommit=True) as owner:
            owner.execute("DROP FUNCTION pass_gate() CASCADE; DROP TABLE commits")
