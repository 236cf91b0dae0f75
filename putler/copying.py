"""Rows into a temporary table at COPY's speed; a protected table itself refuses COPY."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


def copy_rows(table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> None:
    """Fill the temporary `table` (`columns`: name → SQL type) anew with `rows`.

    It goes at commit, and the planner's statistics of it too: other sessions could read those without any wall.
    """
    definition = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({definition}) ON COMMIT DROP")
        cursor.execute(f"TRUNCATE {table}")  # the name is a constant of the caller
        with cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(list(columns.values()))  # binary says no types: they must be the columns' own
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"ANALYZE {table}")
