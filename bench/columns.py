"""The same ledger in DuckDB, which keeps columns: the peer for numbers that are added up when they are asked for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from bench.copying import account_rows

TABLES: Final = (
    "datasources_booking", "datasources_bookedline", "datasources_product", "datasources_customer",
    "datasources_datasource",
)  # fmt: skip
_TYPES: Final = {
    "bigint[]": "BIGINT[]", "timestamp with time zone": "TIMESTAMPTZ", "uuid": "UUID", "boolean": "BOOLEAN",
    "bigint": "BIGINT", "integer": "INTEGER",
}  # fmt: skip


@contextmanager
def columns_of(account_id: int, folder: Path) -> Iterator[Any]:
    """A connection to a DuckDB file with the account's bookings and all that names them."""
    path, text = folder / "columns.duckdb", folder / "columns.csv"
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path))
    try:
        _copy(connection, account_id, text)
        connection.execute("CHECKPOINT")
        yield connection
    finally:
        connection.close()
        for each in (path, text):
            each.unlink(missing_ok=True)


def _copy(connection: Any, account_id: int, text: Path) -> None:
    with account_rows(account_id) as source:
        for table in TABLES:
            columns = source.execute(
                """SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
                   WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum""",
                [table],
            ).fetchall()
            names = ", ".join(
                f"translate({name}::text, '{{}}', '[]')" if kind == "bigint[]" else f'"{name}"'
                for name, kind in columns
            )
            copy = f"COPY (SELECT {names} FROM {table} WHERE account_id = {account_id}) TO STDOUT (FORMAT csv)"  # noqa: S608
            with text.open("wb") as file, source.cursor().copy(copy) as parts:
                for part in parts:
                    file.write(part)
            definition = ", ".join(f'"{name}" {_TYPES.get(kind, "VARCHAR")}' for name, kind in columns)
            connection.execute(f"CREATE TABLE {table} ({definition})")
            if os.path.getsize(text):
                connection.execute(f"COPY {table} FROM '{text}' (FORMAT csv, HEADER false)")
