"""How PostgreSQL searches behind the wall: by an index on the account, not through everybody's rows."""

import re

import pytest
from django.apps import apps
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, User
from putler.tenancy import tenant
from tests import make
from tests.make import movement
from tests.walls.conftest import Run

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R11")]
SCANS = re.compile(r"(?:on|using) (datasources_(?:customer|transaction)\w*).*\n\s+(?:Recheck |Index )?Cond: (.*)")


@pytest.fixture
def searches(ours: Account, alice: User, client: Client) -> list[str]:
    """Give the statements by which alice's page looks for a customer."""
    make.post(make.source(ours), movement(customer="ann@example.com"))
    client.force_login(alice)
    with CaptureQueriesContext(connection) as captured:
        client.post("/transactions/", {"search": "ann@example.com"})
    return [query["sql"] for query in captured.captured_queries if "LIKE" in query["sql"]]


def test_customers_are_searched_by_an_index_on_the_account(searches: list[str], ours: Account, run: Run) -> None:
    assert searches
    for sql in searches:
        with tenant(ours.pk):
            run("SET LOCAL enable_seqscan = off")
            plan = "\n".join(line for (line,) in run(f"EXPLAIN {sql}"))

        conditions = dict(SCANS.findall(plan))
        assert any(name.startswith("datasources_customer") for name in conditions), plan
        assert all(condition.lstrip("(").startswith("account_id = ") for condition in conditions.values()), plan
        assert "Seq Scan" not in plan


MANY, PEOPLE = 100_000, 5_000
_FILLED = {
    "datasources_customer": {
        "number": "n + 10", "key": "'c' || n || '@x.example'", "email": "'c' || n || '@x.example'",
        "name": "'Person ' || n", "public_id": "gen_random_uuid()",
    },
    "datasources_transaction": {
        "external_id": "'t' || n", "order_ref": "'o' || n", "payment_ref": "'p' || n", "public_id": "gen_random_uuid()",
        "amount": "100 + n * 7 % 50000", "occurred_at": "r.occurred_at - n * interval '20 minutes'",
        "customer_id": "(SELECT min(id) FROM datasources_customer) + n % 5000",
    },
}  # fmt: skip


def _fill(run: Run, table: str, rows: int) -> None:
    """Copy the table's only row, with what differs from one to the next."""
    columns = [field.column for field in apps.get_model(table.replace("_", ".", 1))._meta.concrete_fields]
    columns.remove("id")
    values = ", ".join(_FILLED[table].get(column, f"r.{column}") for column in columns)
    run(
        f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608
        f"SELECT {values} FROM (SELECT * FROM {table} LIMIT 1) r, generate_series(1, {rows}) n"
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_among_many_rows_each_meaning_of_words_is_found_by_an_index(
    ours: Account, theirs: Account, alice: User, client: Client, run: Run
) -> None:
    for account, people in ((ours, PEOPLE), (theirs, 3 * PEOPLE)):
        make.post(make.source(account), movement(customer="ann@example.com"))
        with tenant(account.pk):
            _fill(run, "datasources_customer", people)
    with tenant(ours.pk):
        _fill(run, "datasources_transaction", MANY)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE datasources_customer, datasources_transaction")
    client.force_login(alice)
    for words in ("c77@x.ex", "person 77", "o777", "t777", "p777", "57.61", "57.61 EUR"):
        with CaptureQueriesContext(connection) as captured:
            client.post("/transactions/", {"search": words})
        asked = [query["sql"] for query in captured.captured_queries if " UNION " in query["sql"]]

        assert asked
        for sql in asked:
            with tenant(ours.pk):
                plan = "\n".join(line for (line,) in run(f"EXPLAIN {sql}"))
            conditions = re.findall(r"(?:Index Cond|Recheck Cond): (.*)", plan)
            assert not re.search(r"Seq Scan on datasources_(customer|transaction)", plan), f"{words}\n{plan}"
            assert all("account_id = " in condition for condition in conditions), f"{words}\n{plan}"
