"""Rows of rollups: read by the shortest way, and those that are made here written by COPY, for they are many."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import BinaryField, QuerySet
from psycopg.pq import Format

from analytics.models import Generation, Grain, Rollup
from analytics.query import Scope
from analytics.spans import Cover
from putler.copying import copy_rows


class Select(NamedTuple):
    """A statement and its parameters. Inside tenant().

    Answers come in PostgreSQL's binary format: arrays written out as hexadecimals take four times as long.
    """

    sql: str
    params: Sequence[Any]

    @classmethod
    def of(cls, rows: QuerySet[Any, Any]) -> "Select":
        """What Django would ask."""
        return cls(*rows.query.sql_with_params())

    def rows(self) -> list[tuple[Any, ...]]:
        """What it answers."""
        with self._asked(psycopg.Cursor(connection.connection)) as cursor:
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def each(self) -> Iterator[tuple[Any, ...]]:
        """The same one after the other, few of them in memory at a time."""
        cursor = psycopg.ServerCursor(connection.connection, f"select_{next(_NUMBER)}")
        cursor.itersize = _AT_ONCE
        with self._asked(cursor) as asked:
            yield from asked

    def _asked(self, cursor: psycopg.Cursor[Any]) -> CursorWrapper:
        """The cursor with its answer, watched as Django watches its own; that have no binary format."""
        cursor.format = Format.BINARY
        watched: CursorWrapper = connection._prepare_cursor(cursor)  # type: ignore[attr-defined]
        watched.execute(connection.ops.compose_sql(self.sql, self.params))  # type: ignore[attr-defined]
        return watched


_NUMBER = count()
_AT_ONCE = 32  # rows
_KEY = {"on": "date", "source_id": "bigint", "present": "bigint[]", "absent": "bigint[]"}


def stored(model: type[Rollup], columns: Iterable[str], generation: Generation, covered: Cover, scope: Scope) -> Select:
    """The statement that reads columns of the rows of a range in a scope."""
    (runs, days), (holds, ids) = covered.rollups_sql, scope.holds_sql
    names = ", ".join(f'"{name}"' for name in columns)
    statement = (
        f"SELECT {names} FROM {model._meta.db_table}"  # noqa: S608
        f" WHERE account_id = %s AND generation_id = %s AND ({runs}) AND {holds}"
    )
    return Select(statement, [generation.account_id, generation.pk, *days, *ids])


def insert(model: type[Rollup], generation: Generation, grain: Grain, rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows: day, source, condition (as lists), then the columns of their own in the order of the model."""
    made = list(rows)  # before COPY begins: they may take queries
    if not made:
        return
    columns = _KEY | _own(model)
    copy_rows("incoming_rollup", columns, made)
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {model._meta.db_table} (account_id, generation_id, grain, {names})
                SELECT %s, %s, %s, {names} FROM incoming_rollup""",
            [generation.account_id, generation.pk, grain.value],
        )
        cursor.execute("DROP TABLE incoming_rollup")


def _own(model: type[Rollup]) -> dict[str, str]:
    """The columns that other rollups do not have, with their types."""
    common = {field.name for field in Rollup._meta.local_fields} | {"id", "account"}
    own = (field for field in model._meta.local_fields if field.name not in common)
    return {field.name: "bytea" if isinstance(field, BinaryField) else "text" for field in own}
