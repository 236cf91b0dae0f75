"""How PostgreSQL searches behind the wall: by an index on the account, not through everybody's rows."""

import re

import pytest
from django.db import connection
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
