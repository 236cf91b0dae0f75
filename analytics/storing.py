"""Rows of rollups: read by the shortest way, and those that are made here written by COPY, for they are many."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BinaryField

from analytics.models import Generation, Grain, Rollup
from analytics.query import Scope
from analytics.spans import Cover
from putler.copying import copy_rows


class Select(NamedTuple):
    """A statement and its parameters."""

    sql: str
    params: list[Any]

    def rows(self) -> list[tuple[Any, ...]]:
        """What it answers."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.params)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found


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
