"""What PostgreSQL knows of an account's partitions once an import has filled them."""

import pytest
from django.db import connection

from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db
FILLED = ("transaction", "line", "booking", "bookedline")


def known_rows(table: str) -> float:
    """How many rows the planner believes to be in the partition that holds any."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT reltuples FROM pg_class WHERE oid = (SELECT tableoid FROM datasources_{table} LIMIT 1)"  # noqa: S608
        )
        return float(cursor.fetchone()[0])


def test_a_first_import_leaves_no_partition_unknown() -> None:
    source = make.source(make.account())
    with tenant(source.account_id):
        make.post(source, *(make.movement("9.00 EUR", external_id=f"r{n}", lines="TEE 1 900") for n in range(3_000)))

        assert {table: known_rows(table) for table in FILLED} == dict.fromkeys(FILLED, 3_000)


def test_a_few_rows_are_not_worth_a_look() -> None:
    source = make.source(make.account())
    with tenant(source.account_id):
        make.post(source, make.movement("9.00 EUR"))

        assert known_rows("transaction") <= 0
