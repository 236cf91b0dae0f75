"""The tests' own database: who uses it, and that nothing of one test reaches the next."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import ProgrammingError, connection


@pytest.mark.django_db
@pytest.mark.rule("R7")
def test_tests_run_as_the_app_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")

        assert cursor.fetchone() == ("putler_app",)


@pytest.mark.django_db
@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE accounts_session DISABLE ROW LEVEL SECURITY",
        "TRUNCATE accounts_session",
        "SET ROLE putler_owner",
        "SET ROLE putler_system",
        "SET SESSION AUTHORIZATION putler_owner",
        "CREATE TABLE mine ()",
    ],
)
def test_the_app_role_may_not(statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied|must be owner"):
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", [1, 2])
def test_committed_rows_are_gone_for_the_next_test_and_reference_rows_are_not(attempt: int) -> None:
    assert cache.get("left-behind") is None
    assert ContentType.objects.filter(app_label="accounts", model="user").exists()

    cache.set("left-behind", attempt)
    ContentType.objects.all().delete()
