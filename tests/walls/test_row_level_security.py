"""Row-level security alone: SQL as the app role that no code has narrowed, verb by verb, on every tenant table."""

# ruff: noqa: S608  the tables are named by the models

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError, ProgrammingError, connection
from django.db.models import Model
from psycopg.errors import FeatureNotSupported

from accounts.models import Account
from putler.tenancy import tenant
from tests.walls.conftest import Run
from tests.walls.specimens import TENANT_MODELS, columns_and_values, specimen

pytestmark = pytest.mark.django_db
REFUSED = "violates row-level security policy"
PARTITIONED = {"datasources_transaction", "datasources_line", "datasources_booking", "datasources_bookedline"}
Insert = Callable[..., Any]


@pytest.fixture(params=TENANT_MODELS, ids=lambda model: model._meta.db_table)
def model(request: pytest.FixtureRequest) -> type[Model]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def table(model: type[Model]) -> str:
    return model._meta.db_table


@pytest.fixture
def row(model: type[Model], theirs: Account) -> Model:
    """Give a row of charlie's."""
    with tenant(theirs.pk):
        return specimen(model, theirs)  # type: ignore[no-any-return]


@pytest.fixture
def insert(row: Model, run: Run) -> Insert:
    """Insert charlie's row once more, with what else the statement says."""

    def execute(ending: str = "", **changed: Any) -> Any:
        values = columns_and_values(row) | changed
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join(["%s"] * len(values))
        return run(f"INSERT INTO {row._meta.db_table} ({names}) VALUES ({marks}) {ending}", *values.values())

    return execute


@pytest.mark.rule("R1")
def test_without_an_account_there_are_no_rows(row: Model, table: str, run: Run) -> None:
    assert run(f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.rule("R2")
def test_select_sees_the_account_that_is_entered(
    row: Model, table: str, ours: Account, theirs: Account, run: Run
) -> None:
    count = f"SELECT count(*) FROM {table} WHERE id = {row.pk}"

    with tenant(ours.pk):
        assert run(count) == [(0,)]
    with tenant(theirs.pk):
        assert run(count) == [(1,)]


@pytest.mark.rule("R2")
def test_a_lock_reaches_no_foreign_row(row: Model, table: str, ours: Account, run: Run) -> None:
    with tenant(ours.pk):
        assert run(f"SELECT id FROM {table} WHERE id = {row.pk} FOR UPDATE") == []


@pytest.mark.rule("R2")
def test_insert_for_another_account_is_refused(row: Model, ours: Account, insert: Insert) -> None:
    with pytest.raises(ProgrammingError, match=REFUSED), tenant(ours.pk):
        insert(id=row.pk + 1_000_000)


@pytest.mark.rule("R2")
def test_a_row_cannot_be_moved(model: type[Model], table: str, ours: Account, theirs: Account, run: Run) -> None:
    with tenant(ours.pk):
        own = specimen(model, ours)

    with pytest.raises(ProgrammingError, match=REFUSED), tenant(ours.pk):
        run(f"UPDATE {table} SET account_id = {theirs.pk} WHERE id = {own.pk}")


@pytest.mark.rule("R2")
@pytest.mark.parametrize("statement", ["UPDATE {table} SET id = id", "DELETE FROM {table}"])
def test_a_change_of_all_rows_reaches_no_foreign_one(
    row: Model, table: str, ours: Account, run: Run, statement: str
) -> None:
    with tenant(ours.pk):
        assert run(statement.format(table=table)) == [(0,)]


@pytest.mark.rule("R2")
@pytest.mark.parametrize("action", ["DO NOTHING", "DO UPDATE SET id = excluded.id"])
def test_an_upsert_on_a_foreign_row_is_refused(ours: Account, insert: Insert, action: str) -> None:
    with pytest.raises(ProgrammingError, match=REFUSED), tenant(ours.pk):
        insert(f"ON CONFLICT (account_id, id) {action}")


@pytest.mark.rule("R2")
def test_a_merge_into_foreign_rows_is_refused(row: Model, table: str, ours: Account, run: Run) -> None:
    with pytest.raises(ProgrammingError, match=REFUSED), tenant(ours.pk):
        run(f"MERGE INTO {table} USING (SELECT) nothing ON true WHEN MATCHED THEN DELETE")


@pytest.mark.rule("R9")
def test_copy_to_gives_no_foreign_row(row: Model, table: str, ours: Account, theirs: Account) -> None:
    is_partitioned = table in PARTITIONED  # such a table is copied by a query
    statement = f"COPY {f'(TABLE {table})' if is_partitioned else table} TO STDOUT"

    with tenant(ours.pk):
        assert _copied(statement) == 0
    with tenant(theirs.pk):
        assert _copied(statement) == 1


def _copied(statement: str) -> int:
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as lines:
        return len(list(lines))


@pytest.mark.rule("R9")
def test_copy_from_is_refused(table: str, ours: Account) -> None:
    with (
        pytest.raises(FeatureNotSupported, match="COPY FROM not supported with row-level security"),
        tenant(ours.pk),
        connection.cursor() as cursor,
        cursor.cursor.copy(f"COPY {table} FROM STDIN"),
    ):
        pass


@pytest.mark.rule("R5")
def test_row_security_off_fails_and_does_not_open(row: Model, table: str, run: Run) -> None:
    run("SET LOCAL row_security = off")

    with pytest.raises(ProgrammingError, match="would be affected by row-level security"):
        run(f"SELECT FROM {table}")


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE {table} OWNER TO putler_app",
        "DROP POLICY tenant ON {table}",
        "ALTER POLICY tenant ON {table} USING (true)",
        "CREATE POLICY mine ON {table} USING (true)",
        "CREATE TRIGGER mine AFTER INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "TRUNCATE {table}",
    ],
)
def test_the_app_role_cannot_open_a_table(table: str, run: Run, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="must be owner|permission denied"):
        run(statement.format(table=table))


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE putler_owner",
        "SET ROLE putler_system",
        "SET ROLE putler_backup",
        "SET SESSION AUTHORIZATION putler_owner",
        "ALTER ROLE putler_app BYPASSRLS",
        "GRANT putler_system TO putler_app",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION public.mine() RETURNS int SECURITY DEFINER RETURN 1",
    ],
)
def test_the_app_role_cannot_become_more_than_it_is(run: Run, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        run(statement)


@pytest.mark.rule("R1")
def test_a_setting_that_is_no_account_fails_and_does_not_open(run: Run, table: str, row: Model) -> None:
    run("SELECT set_config('app.account_id', 'all', true)")

    with pytest.raises(DataError, match="invalid input syntax"):
        run(f"SELECT count(*) FROM {table}")
