"""What staff look at is written down before they see it; the owner reads it and takes it along."""

import csv
import io
import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, ProgrammingError, connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, Scope
from compliance import access_log, staff_access, tasks
from putler.tenancy import tenant
from tests import make
from tests.accounts.superuser import as_superuser
from tests.compliance.access import House
from tests.compliance.access import house as house

pytestmark = pytest.mark.django_db
LOG = "/settings/access/log/"
OLD = "UPDATE compliance_grantaccess SET at = at - interval '2 years 1 hour' WHERE route = 'sales'"


@pytest.mark.rule("S6")
def test_each_request_leaves_who_what_how_much_and_by_which_permission(house: House) -> None:
    grant = house.lets_in(Scope.RECORDS)
    house.sam.get(reverse("customer", args=[house.customer.public_id]))
    house.sam.get("/transactions/", {"metric": "net_sales", "customer": str(house.customer.public_id)})
    house.sam.get(reverse("customer_file"))
    house.sam.post("/transactions/", {"search": "ann@example.com"})
    house.sam.get("/")

    found = house.log()

    assert [(one.method, one.route, one.status) for one in found] == [
        ("GET", "customer", 200),
        ("GET", "transactions", 200),
        ("GET", "customer_file", 200),
        ("POST", "transactions", 403),
        ("GET", "home", 403),
    ]
    assert {(one.grant, one.staff_id) for one in found} == {(grant.public_id, house.people["sam"].pk)}
    assert [one.objects_seen for one in found[:3]] == [[house.customer.public_id], [house.customer.public_id], []]
    assert "net_sales" in found[1].metrics
    assert (found[1].rows, found[2].rows, found[3].rows, found[4].rows) == (1, 1, 0, 0)
    assert "ann@" not in str([(one.route, one.metrics) for one in found])


@pytest.mark.rule("S6")
def test_a_page_of_figures_names_each_metric_that_it_computed(house: House) -> None:
    house.lets_in(Scope.FIGURES)
    house.alice.get("/")  # which is kept, and must not be what sam is shown
    house.sam.get("/")
    house.sam.get("/metrics/aov/")

    home, metric = house.log()

    assert {"net_sales", "orders", "aov", "fees"} <= set(home.metrics)
    assert metric.metrics == ["aov"]


@pytest.mark.rule("S6")
def test_a_view_that_fails_leaves_its_line_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.lets_in(Scope.FIGURES)
    monkeypatch.setattr("analytics.views.sales", lambda form: 1 // 0)
    house.sam.raise_request_exception = False

    assert house.sam.get("/sales/").status_code == 500
    assert [(one.route, one.status) for one in house.log()] == [("sales", 500)]


@pytest.mark.rule("S6")
def test_what_cannot_be_written_down_is_not_shown(house: House) -> None:
    house.lets_in(Scope.FIGURES)

    def refuse(execute: Any, statement: str, *more: Any) -> Any:
        if "INSERT INTO compliance_grantaccess" in statement:
            raise DatabaseError("disk full")
        return execute(statement, *more)

    with connection.execute_wrapper(refuse):
        answer = house.sam.get("/sales/")

    assert (answer.status_code, "90.00" in answer.content.decode()) == (503, False)
    assert not house.log()
    assert house.sam.get("/sales/").status_code == 200


@pytest.mark.rule("S6")
def test_members_leave_no_line(house: House) -> None:
    house.alice.get("/")

    assert not house.log()


@pytest.mark.rule("S6")
def test_the_owner_reads_it_and_takes_it_along(house: House) -> None:
    grant = house.lets_in(Scope.FIGURES)
    house.sam.get("/sales/")
    page = house.alice.get(LOG).content.decode()

    files = [house.alice.post(f"{LOG}export/", {"format": name}) for name in ("csv", "json")]

    assert all(text in page for text in ("sam", grant.reason, "sales"))
    [row] = csv.DictReader(io.StringIO(files[0].content.decode()))
    [line] = json.loads(files[1].content)
    assert (row["staff"], row["page"], row["permission"]) == ("sam", "sales", str(grant.public_id))
    assert (line["staff"], line["rows"], line["reason"]) == ("sam", int(row["rows"]), grant.reason)
    assert house.verbs(house.account)[-2:] == ["access_log_exported"] * 2


@pytest.mark.rule("S6")
def test_pages_of_it_follow_each_other_and_nobody_else_reads_it(house: House) -> None:
    house.lets_in(Scope.FIGURES)
    for _ in range(access_log.PAGE + 2):
        house.sam.get("/metrics/aov/")
    bob, charlie = Client(), Client()
    for client, name, account in ((bob, "bob", house.account), (charlie, "charlie", make.account("Other"))):
        user = make.user(name)
        make.member(account, user, Role.VIEWER if name == "bob" else Role.OWNER)
        client.force_login(user)

    first = house.alice.get(LOG)
    second = house.alice.get(LOG, {"after": str(first.context["next"])})

    assert (len(first.context["lines"]), len(second.context["lines"])) == (access_log.PAGE, 2)
    assert bob.get(LOG).status_code == 403
    assert charlie.get(LOG).context["lines"] == []
    assert charlie.get(LOG, {"after": str(first.context["next"])}).status_code == 404


@pytest.mark.rule("S6")
@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_nobody_changes_a_line_and_after_two_years_it_goes(house: House) -> None:
    house.lets_in(Scope.FIGURES)
    for path in ("/sales/", "/insights/"):
        house.sam.get(path)
    changes = ("UPDATE {} SET rows = 0", "DELETE FROM {}", "TRUNCATE {}")

    for statement in (change.format("compliance_grantaccess") for change in changes):
        with pytest.raises(ProgrammingError), tenant(house.account.pk), connection.cursor() as cursor:
            cursor.execute(statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever appended to"):
            as_superuser(statement)
        with connections["owner"].cursor() as owner, suppress(ProgrammingError):  # its policies show it nothing
            owner.execute(statement)
    assert [one.route for one in house.log()] == ["sales", "insights"]

    as_superuser(OLD, without_triggers=True)
    tasks.shorten_access_logs()
    assert [one.route for one in house.log()] == ["insights"]
    assert house.account.memberships.filter(role=Role.SUPPORT).exists()


def test_memberships_of_staff_that_have_ended_are_swept_and_their_permissions_kept(house: House) -> None:
    grant = house.lets_in(Scope.FIGURES)

    staff_access.forget_ended(now=timezone.now() + timedelta(hours=25))

    assert not house.account.memberships.filter(role=Role.SUPPORT).exists()
    assert grant.reason in house.alice.get("/settings/access/").content.decode()


def test_the_owners_pages_take_the_same_queries_for_any_number(
    house: House, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        grant = house.lets_in(Scope.FIGURES)
        house.sam.get("/metrics/aov/")

    for page in (LOG, "/settings/access/", "/settings/team/"):
        with django_assert_max_num_queries(18):
            assert house.alice.get(page).status_code == 200
    assert grant.public_id in {one.grant for one in house.log()}
