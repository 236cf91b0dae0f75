"""How PostgreSQL answers behind the wall: by an index on the account, the policy evaluated once, partitions left out."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from analytics import engine
from analytics.explain import explain
from analytics.query import Query, Scope
from putler.kernel.periods import Interval
from putler.tenancy import tenant
from tests import make
from tests.make import movement
from tests.walls.conftest import Run

pytestmark = pytest.mark.django_db
# Neither end is a local midnight: months and days come from the rollups, the rest from the bookings.
RANGE = Interval(datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 3, 10, 12, tzinfo=UTC))
LEDGER = re.compile(r'FROM "(analytics_rollup\w+|datasources_booking|datasources_customer)"')


@pytest.fixture
def query(ours: Account) -> Query:
    make.post(make.source(ours), movement(customer="ann@example.com"))
    with tenant(ours.pk):
        return Query(account=ours, period=RANGE, scope=Scope.of(ours), now=make.NOW)


def plans_of(account: Account, run: Run, read: Callable[[], object]) -> dict[str, str]:
    """The plan of each statement that reads figures; tables of tests are small, so whole scans are made unattractive."""
    with tenant(account.pk), CaptureQueriesContext(connection) as captured:
        read()
        statements = [query["sql"] for query in captured.captured_queries if LEDGER.search(query["sql"])]
        run("SET LOCAL enable_seqscan = off")
        return {sql: "\n".join(line for (line,) in run(f"EXPLAIN {sql}")) for sql in statements}


def faults(plan: str, account: Account) -> list[str]:
    found = [] if re.search(rf"Index Cond: \(+account_id = '?{account.pk}\b", plan) else ["no index condition on the account"]
    if plan.count("InitPlan 1\n") != 1:
        found.append("the policy is not evaluated once")
    if len(set(re.findall(r"on (datasources_booking_\d\d) ", plan))) > 1:
        found.append("more than one partition is read")
    return found


@pytest.mark.rule("R10")
def test_the_engine_reads_by_index_behind_the_policy(query: Query, ours: Account, run: Run) -> None:
    plans = plans_of(ours, run, lambda: engine.run(query))

    assert {name for sql in plans for name in LEDGER.findall(sql)} >= {"analytics_rolluptotal", "datasources_booking"}
    assert {sql: found for sql, plan in plans.items() if (found := faults(plan, ours))} == {}


@pytest.mark.rule("R10")
def test_the_rows_behind_a_figure_are_read_by_index(query: Query, ours: Account, run: Run) -> None:
    plans = plans_of(ours, run, lambda: list(explain("net_sales", query).rows))

    assert [faults(plan, ours) for plan in plans.values()] == [[]]


@pytest.mark.rule("R11")
@pytest.mark.parametrize("search", [{"email": "ann@example.com"}, {"key": "ann@example.com"}])
def test_customers_are_found_by_index(query: Query, ours: Account, run: Run, search: dict[str, str]) -> None:
    plans = plans_of(ours, run, lambda: list(ours.customers.filter(**search)))

    assert [faults(plan, ours) for plan in plans.values()] == [[]]
