"""Code's wall alone: with row-level security gone, one account's figures, lists, pages and deeds stay its own.

Alice and charlie run shops that tell exactly the same story, down to the ids that providers gave, so that any place
that forgets the account counts double, pairs across, or touches a row too many.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import Account, User
from analytics import engine, goals, groups, products, rollups, verifying
from analytics.explain import explain
from analytics.management.printing import LISTS
from analytics.metrics.registry import METRICS
from analytics.query import By, Query, Scope
from analytics.report import Report, Values
from datasources.models import SourceKind, Transaction, Upload
from datasources.services import booking, unlinking, uploads
from putler.kernel.periods import Period, month_of
from putler.tenancy import tenant
from tests import make
from tests.make import movement
from tests.walls.conftest import set_row_level_security
from tests.walls.specimens import TENANT_MODELS

pytestmark = [pytest.mark.django_db, pytest.mark.rule("Z2")]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OF_YEARS = {
    "migration",
    "bought_together",
    "goal",
    "anomalies",
    "seasonality",
    "time_machine",
    "track_record",
    "by_group",
}


@pytest.fixture(scope="module", autouse=True)
def no_row_level_security(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Take the database's wall down for this module."""
    for verb in ("DISABLE", "ENABLE"):
        with django_db_blocker.unblock():
            set_row_level_security(verb)
            connections["owner"].close()
        if verb == "DISABLE":
            yield


def tell_story(account: Account) -> None:
    """A store and its gateway, a refund, a failure, a customer who comes back; the figures follow."""
    stripe = make.source(account)
    woo = make.source(account, "woo", kind=SourceKind.STORE)
    ann = {"customer": "ann@example.com", "country": "DE"}
    make.post(
        stripe,
        movement("110.00 USD", external_id="a", order_ref="A1", tax=1000, lines="TEE 1 10000", **ann),
        movement(
            "-55.00 USD", "2026-02-01 09:00", external_id="b", kind="refund", parent_ref="a", order_ref="A1", **ann
        ),
        movement("60.00 EUR", "2026-02-02 12:00", external_id="c", fee=180),
        movement("20.00 EUR", "2026-02-03 12:00", external_id="d", status="failed", order_ref="A4", country="AT"),
    )
    make.post(
        woo,
        movement(
            "60.00 EUR", "2026-02-02 11:59", external_id="W", payment_ref="c", order_ref="A3", lines="MUG 2 6000", **ann
        ),
        movement("10.00 EUR", "2026-02-05 11:59", external_id="X", order_ref="A4", **ann),
    )
    rollups.drain(account.pk, now=NOW)


def query(account: Account, by: By | None = None) -> Query:
    period = Period(date(2026, 1, 1), date(2026, 2, 28), account.zone)
    return Query(account=account, period=period, scope=Scope.of(account), now=NOW, by=by)


def rows(account: Account) -> dict[str, list[Any]]:
    """Every row of an account as it stands."""
    return {
        model._meta.db_table: list(model._default_manager.filter(account=account).order_by("pk").values_list())
        for model in TENANT_MODELS
    }


@pytest.fixture
def both(ours: Account, theirs: Account) -> None:
    tell_story(ours)
    tell_story(theirs)
    with tenant(theirs.pk):
        book_again(theirs)  # so that hours wait for charlie's own drain


def test_the_wall_is_down(both: None) -> None:
    assert Transaction.objects.count() == 12


def test_the_figures_of_an_account_are_as_if_it_were_alone(ours: Account, theirs: Account) -> None:
    tell_story(ours)
    alone = {by: engine.run(query(ours, by)) for by in (None, *By)}
    tell_story(theirs)

    for account in (ours, theirs):
        rollups.rebuild(account.pk, now=NOW)
        for by, expected in alone.items():
            report = engine.run(query(account, by))
            assert (by, report.values, named(report)) == (by, expected.values, named(expected))
    assert {report.values["orders"] for report in alone.values()} == {3}


def named(report: Report) -> dict[str, Values]:
    """The groups of a report, products by name: each account has its own ids."""
    names = products.names(report.query.account, report.groups) if report.query.by is By.PRODUCT else {}
    return {names.get(key, key): values for key, values in report.groups.items()}


def test_the_rows_behind_a_figure_are_the_accounts_own(both: None, ours: Account) -> None:
    for slug in METRICS:
        explained = explain(slug, query(ours)).rows

        assert {row.account_id for row in explained} <= {ours.pk}


def tell_years(account: Account) -> None:
    """Five customers who order two products every Monday until a poor one; a goal and a group."""
    stripe, last = make.source(account), datetime(2026, 2, 23, 10, tzinfo=UTC)
    orders = [(number, last - timedelta(weeks=week)) for week in range(60) for number in range(5) if week or not number]
    told = (
        movement(
            "9.00 EUR", f"{at:%Y-%m-%d %H:%M}", external_id=f"{at:%x}-{number}",
            customer=f"c{number}@example.com", lines="TEE 1 500, MUG 1 400",
        )
        for number, at in orders
    )  # fmt: skip
    make.post(stripe, *told)
    with tenant(account.pk):
        goals.set_goal(account, metric="orders", period=month_of(NOW.date(), account.zone), target=Decimal(9))
        groups.save_group(account, name="Brand", sources=[stripe])
    make.follow(account)


@pytest.mark.parametrize(
    ("tell", "names"), [(tell_years, OF_YEARS), (tell_story, LISTS.keys() - OF_YEARS)], ids=["years", "story"]
)
def test_the_lists_of_an_account_are_as_if_it_were_alone(
    ours: Account, theirs: Account, tell: Callable[[Account], None], names: set[str]
) -> None:
    tell(ours)
    alone = {name: answer(ours, name)["list"] for name in names}
    tell(theirs)

    for account in (ours, theirs):
        assert {name: answer(account, name)["list"] for name in names} == alone
    assert all(alone.values())


def answer(account: Account, name: str) -> dict[str, Any]:
    out = StringIO()
    options = {"first": "2026-01-01", "last": "2026-02-28", "list_name": name, "now": NOW.isoformat()}
    call_command("metrics", str(account.public_id), stdout=out, **options)
    return json.loads(out.getvalue())  # type: ignore[no-any-return]


def test_nothing_differs_from_a_count_over_the_accounts_own_bookings(both: None, ours: Account) -> None:
    assert verifying.verify(ours.pk, now=NOW) == []


def drain(account: Account) -> None:
    rollups.drain(account.pk, now=NOW)


def rebuild(account: Account) -> None:
    rollups.rebuild(account.pk, now=NOW)


def change_a_row(account: Account) -> None:
    stripe = account.sources.get(name="stripe")
    make.post(
        stripe, movement("99.00 EUR", external_id="c", order_ref="A1", customer="ann@example.com", lines="MUG 1 9900")
    )


def book_again(account: Account) -> None:
    booking.book(account.pk, list(account.transactions.values_list("pk", flat=True)))


def remove_rows(account: Account) -> None:
    booking.remove(account.pk, list(account.transactions.values_list("pk", flat=True)[:3]))


def unlink(account: Account) -> None:
    unlinking.unlink(source=account.sources.get(name="stripe"), now=NOW)


def delete_a_source(account: Account) -> None:
    account.sources.get(name="stripe").delete()


@pytest.mark.parametrize("deed", [drain, rebuild, change_a_row, book_again, remove_rows, unlink, delete_a_source])
def test_a_deed_in_one_account_touches_no_row_of_another(both: None, ours: Account, theirs: Account, deed: Any) -> None:
    before, mine = rows(theirs), rows(ours)

    with tenant(ours.pk):
        deed(ours)
        rollups.drain(ours.pk, now=NOW)

    assert rows(theirs) == before
    assert rows(ours) != mine or deed is drain


def test_a_file_comes_and_goes_without_touching_another_account(
    both: None, ours: Account, theirs: Account, tmp_path: Path
) -> None:
    path, before = tmp_path / "file.csv", rows(theirs)
    header = "source,source_kind,external_id,kind,status,occurred_at,amount,currency,customer,order_ref"
    path.write_text(
        f"{header}\nstripe,gateway,new,sale,settled,2026-02-02T12:00:00Z,5.00,EUR,ann@example.com,A3\n,,,,,,,,,\n"
    )
    with tenant(ours.pk):
        upload = Upload.objects.create(account=ours, name="file.csv", path=str(path), preset="ledger")

    uploads.check(upload)
    uploads.import_good_lines(upload, now=NOW)
    uploads.delete(upload)

    assert upload.rows_new == 1
    assert rows(theirs) == before


@pytest.fixture
def secret(theirs: Account) -> dict[str, str]:
    """What charlie alone may see: the public ids of a source, a customer and a file, whose other words say so."""
    source = make.source(theirs, "secret source")
    make.post(
        source, movement("7654.32 EUR", external_id="secret", customer="secret@example.com", lines="secret 1 765432")
    )
    upload = Upload.objects.create(account=theirs, name="secret.csv", path="/secret", preset="ledger")
    rollups.drain(theirs.pk, now=NOW)
    rows = {"sources": source, "customer": theirs.customers.get(), "after": theirs.transactions.get(), "upload": upload}
    return {name: str(row.public_id) for name, row in rows.items()}


@pytest.fixture
def of_alice(ours: Account, alice: User, client: Client) -> Client:
    """Sign alice in, whose account has a story too."""
    tell_story(ours)
    client.force_login(alice)
    return client


@pytest.mark.parametrize("url", ["/", "/transactions/", "/sources/"])
@pytest.mark.parametrize("asked", [[], ["sources"]])
def test_a_page_shows_nothing_of_another_account(
    of_alice: Client, secret: dict[str, str], url: str, asked: list[str]
) -> None:
    foreign = {name: secret[name] for name in asked}

    page = of_alice.get(url, {"period": "custom", "from": "2026-01-01", "to": "2026-02-28", **foreign}).content.decode()

    assert "woo" in page
    assert "secret" not in page
    assert "7,654.32" not in page


@pytest.mark.parametrize("words", ["secret", "secret@example.com"])
def test_a_search_finds_nothing_of_another_account(of_alice: Client, secret: dict[str, str], words: str) -> None:
    found = of_alice.post("/transactions/", {"search": words}).content.decode()
    own = of_alice.post("/transactions/", {"search": "ann@example.com"}).content.decode()

    assert "7,654.32" not in found
    assert "110.00" in own


@pytest.mark.parametrize("name", ["customer", "after"])
def test_what_is_asked_for_by_a_foreign_id_is_not_found(of_alice: Client, secret: dict[str, str], name: str) -> None:
    assert of_alice.get("/transactions/", {name: secret[name]}).status_code == 404


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", "decision/"), ("post", "deletion/")])
def test_a_foreign_file_is_not_found(of_alice: Client, secret: dict[str, str], method: str, path: str) -> None:
    answer = getattr(of_alice, method)(f"/files/{secret['upload']}/{path}", {"decision": "import"})

    assert answer.status_code == 404


def test_its_own_account_finds_the_file(charlie: User, client: Client, secret: dict[str, str]) -> None:
    client.force_login(charlie)

    assert client.get(f"/files/{secret['upload']}/").status_code == 200
