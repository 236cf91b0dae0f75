"""A pytest plugin, loaded by -p: the tests’ throw-away server, and a database a worker, copied from a template."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql

from putler.postgres import FAST_BUT_NOT_CRASH_SAFE, bootstrap, grant_defaults, server
from tests import ENVIRONMENT

ROOT: Final = Path(__file__).resolve().parent.parent
HOME: Final = ROOT / "var" / "postgres-test"
TEMPLATE_LOCK: Final = 5_271_009  # any number that nothing else locks
TABLES: Final = """
    SELECT format('public.%I', relname), pg_relation_size(oid) > 256 * 1024 FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'django_migrations'
    AND pg_relation_size(oid) > 0 ORDER BY 1
"""
OTHER_SESSIONS: Final = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start the server before Django reads its settings; the workers inherit the variables."""
    os.environ |= ENVIRONMENT
    if "DATABASE_URL" not in os.environ:
        stack = ExitStack()
        early_config.add_cleanup(stack.close)
        os.environ |= stack.enter_context(throw_away_server())
    os.environ.setdefault("PUTLER_TEST_RUN", str(os.getpid()))


@contextmanager
def throw_away_server() -> Iterator[dict[str, str]]:
    """Run a server that is fast and not crash-safe; yield the variables by which tests find it."""
    with server(HOME, options=FAST_BUT_NOT_CRASH_SAFE) as superuser_url:
        urls = bootstrap(superuser_url)
        _let_owner_make_databases(superuser_url)
        yield urls


def _let_owner_make_databases(superuser_url: str) -> None:
    """Allow what only tests do, and clear away the databases of runs that were killed."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE putler_owner CREATEDB")
        names = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test_putler_%'").fetchall()
        for name in (name for (name,) in names if not _is_running(int(name.split("_")[2]))):
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def private_database(worker: str) -> Iterator[None]:
    """Make a migrated database for this worker and point both of Django's connections to it."""
    from django.db import connections

    name = f"test_putler_{os.environ['PUTLER_TEST_RUN']}_{worker}"
    owner = connections["owner"]
    with owner._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])  # the first worker migrates, the others copy
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {_template(cursor)}")
    _point_to(name)
    yield
    with connections["default"].cursor() as cursor:
        cursor.execute(OTHER_SESSIONS)  # of a live server's threads; only their own role may end them
    for alias in ("default", "owner"):
        connections[alias].close()
    with owner._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")


def _template(cursor: Any) -> str:
    """The name of a migrated database to copy, made anew where there is none of these very migrations."""
    from django.core.management import call_command
    from django.db import connections

    name = f"putler_template_{_digest_of_migrations()}"
    cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'putler_template_%%'")
    found = {each for (each,) in cursor.fetchall()}
    if name in found:
        return name
    for old in found:
        cursor.execute(f"DROP DATABASE IF EXISTS {old}")
    cursor.execute(f"CREATE DATABASE {name}_unfinished")
    _point_to(f"{name}_unfinished")
    grant_defaults(connections["owner"])
    call_command("migrate", database="owner", verbosity=0)
    call_command("createcachetable", database="owner", verbosity=0)
    connections["owner"].close()
    cursor.execute(f"ALTER DATABASE {name}_unfinished RENAME TO {name}")
    return name


def _digest_of_migrations() -> str:
    """Of all that a migrated database follows from: our migrations, what they import, the packages' versions."""
    files = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("putler/*.py"), ROOT / "requirements.txt"]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _point_to(name: str) -> None:
    from django.db import connections

    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


@contextmanager
def kept_rows(blocker: Any) -> Iterator[None]:
    """Make rows that several tests read: a transaction around those of the tests, undone after the last of them."""
    from django.db import transaction

    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


class Emptying:
    """Puts the database back to its state after the migrations, as a superuser: neither walls nor triggers hold.

    It deletes, for TRUNCATE would renew the files of all partitions and indexes of whatever refers to a table.
    """

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.parameters = parameters | {"user": "postgres", "autocommit": True}  # the tests' server trusts its socket
        with self._connect() as connection:
            reference = [name for name, _ in connection.execute(TABLES)]
            connection.execute("CREATE SCHEMA reference")
            for name in reference:
                connection.execute(f"CREATE TABLE {_kept(name)} AS TABLE {name}")
        self.refill = [f"INSERT INTO {name} OVERRIDING SYSTEM VALUE TABLE {_kept(name)}" for name in reference]

    def __call__(self) -> None:
        """Empty every table that has rows and restore those that migrations left."""
        with self._connect() as connection:
            tables = connection.execute(TABLES).fetchall()
            names = [name for name, _ in tables]
            with connection.transaction():
                connection.execute(f"LOCK TABLE {', '.join(names)} IN EXCLUSIVE MODE")  # waits for whoever still writes
                connection.execute("SET LOCAL session_replication_role = replica")
                connection.execute(";".join([*(f"DELETE FROM {name}" for name in names), *self.refill]))  # noqa: S608
            for name in (name for name, has_grown in tables if has_grown):
                connection.execute(f"VACUUM {name}")

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(**self.parameters)


def _kept(name: str) -> str:
    return name.replace("public", "reference", 1)
