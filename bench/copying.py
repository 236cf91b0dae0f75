"""What PostgreSQL can do at most: the same rows into a table with the same keys, by COPY and one statement a batch."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

import psycopg
from psycopg import sql

from bench.surroundings import owner
from bench.timing import seconds

BATCH: Final = 10_000
FACTS: Final = ("datasources_transaction", "datasources_line")
LEDGER: Final = (*FACTS, "datasources_booking", "datasources_bookedline")
_KEYS: Final = {
    "datasources_transaction": ("account_id", "source_id", "external_id"),
    "datasources_line": ("account_id", "id"),
    "datasources_booking": ("account_id", "id"),
    "datasources_bookedline": ("account_id", "id"),
}


class Upserted(NamedTuple):
    """Seconds that COPY and upsert took for all rows, new and again; `ledger`: with what is booked of them too."""

    facts: float
    ledger: float
    again: float


@contextmanager
def account_rows(account_id: int) -> Iterator[psycopg.Connection]:
    """The owner's connection, seeing this account's rows."""
    with owner() as connection:
        connection.execute("SELECT set_config('app.account_id', %s, false)", [str(account_id)])
        connection.execute("DROP SCHEMA IF EXISTS peer CASCADE; CREATE SCHEMA peer")
        yield connection
        connection.execute("DROP SCHEMA peer CASCADE")


def upserted(account_id: int) -> Upserted:
    """COPY into a temporary table, then INSERT … ON CONFLICT DO NOTHING, a commit every ten thousand rows."""
    with account_rows(account_id) as connection:
        took = {table: _upsert(connection, table, account_id) for table in LEDGER}
        again = sum(_fill(connection, table, _batches(connection, table, account_id)) for table in FACTS)
    return Upserted(sum(took[table] for table in FACTS), sum(took.values()), again)


class Copied(NamedTuple):
    """What a copy of some tables took, and what it fills, with its indexes."""

    seconds: float
    size: int


def copied_indexed(account_id: int, tables: Iterable[str], *, generation: int | None = None) -> Copied:
    """Copy the account's rows into tables with the same indexes, in one go and without foreign keys.

    `generation`: only rows of that one. A copy holds no other account's rows and nothing that was deleted.
    """
    took, size = 0.0, 0
    with account_rows(account_id) as connection:
        for table in tables:
            _like(connection, table)
            names, target = _columns(connection, table), sql.Identifier("peer", table)
            statement = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} WHERE account_id = {}").format(
                target, names, names, sql.Identifier(table), sql.Literal(account_id)
            )
            if generation is not None:
                statement += sql.SQL(" AND generation_id = {}").format(sql.Literal(generation))
            took += seconds(lambda one=statement: connection.execute(one))  # type: ignore[misc]
            found = connection.execute("SELECT pg_total_relation_size(%s)", [f"peer.{table}"]).fetchone()
            assert found  # noqa: S101
            size += found[0]
    return Copied(took, size)


def _upsert(connection: psycopg.Connection, table: str, account_id: int) -> float:
    _like(connection, table)
    for name, key in connection.execute(_FOREIGN_KEYS, [table, f"{table}_00"]).fetchall():
        definition = key.replace("REFERENCES ", "REFERENCES peer.") if name in LEDGER else key
        statement = sql.SQL("ALTER TABLE {} ADD {}").format(sql.Identifier("peer", table), sql.SQL(definition))
        connection.execute(statement)
    return _fill(connection, table, _batches(connection, table, account_id))


_FOREIGN_KEYS = r"""
    SELECT regexp_replace(confrelid::regclass::text, '_[0-9]+$', ''),
           regexp_replace(pg_get_constraintdef(oid), '(REFERENCES [a-z_]+?)_[0-9]+\(', '\1(')
    FROM pg_constraint
    WHERE contype = 'f' AND (conrelid = to_regclass(%s) AND confrelid NOT IN (SELECT inhrelid FROM pg_inherits)
                             AND conparentid = 0
                             OR conrelid = to_regclass(%s) AND conparentid = 0)"""


def _fill(connection: psycopg.Connection, table: str, batches: list[bytes]) -> float:
    """The rows, prepared as COPY's own text, into the peer's table."""
    names, target = _columns(connection, table), sql.Identifier("peer", table)
    key = sql.SQL(", ").join(map(sql.Identifier, _KEYS[table]))
    insert = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM incoming ON CONFLICT ({}) DO NOTHING").format(
        target, names, names, key
    )
    copy = sql.SQL("COPY incoming ({}) FROM STDIN").format(names)
    connection.execute(sql.SQL("CREATE TEMPORARY TABLE incoming (LIKE {}) ON COMMIT DELETE ROWS").format(target))

    def run() -> None:
        for batch in batches:
            with connection.transaction(), connection.cursor() as cursor:
                with cursor.copy(copy) as into:
                    into.write(batch)
                cursor.execute(insert)

    took = seconds(run)
    connection.execute("DROP TABLE incoming")
    return took


def _like(connection: psycopg.Connection, table: str) -> None:
    target, model = sql.Identifier("peer", table), sql.Identifier(table)
    connection.execute(
        sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL EXCLUDING IDENTITY EXCLUDING STATISTICS)").format(target, model)
    )


def _batches(connection: psycopg.Connection, table: str, account_id: int) -> list[bytes]:
    statement = sql.SQL("COPY (SELECT {} FROM {} WHERE account_id = {} ORDER BY id) TO STDOUT").format(
        _columns(connection, table), sql.Identifier(table), sql.Literal(account_id)
    )
    with connection.cursor().copy(statement) as copy:
        lines = b"".join(bytes(part) for part in copy).splitlines(keepends=True)
    return [b"".join(lines[start : start + BATCH]) for start in range(0, len(lines), BATCH)]


def _columns(connection: psycopg.Connection, table: str) -> sql.Composed:
    found = connection.execute(
        """SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
           ORDER BY attnum""",
        [table],
    )
    return sql.SQL(", ").join(sql.Identifier(name) for (name,) in found)
