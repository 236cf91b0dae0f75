"""What a viewer who is restricted to sources can reach: the account of their request keeps to these by itself."""

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Membership, Role, User
from analytics import products, rollups
from analytics.query import Scope
from datasources.models import DataSource, SourceKind, Upload, UploadState
from putler.tenancy import tenant
from tests import make
from tests.make import movement
from tests.walls.specimens import TENANT_MODELS, specimen
from tests.walls.test_source_code import MODULES, ROOT, found, offenders

pytestmark = [pytest.mark.django_db, pytest.mark.rule("Z5")]
FOR_EVERYBODY = {"datasources_changedhour"}  # hours whose figures lag behind: they name nothing
WINTER = {"from": "2026-01-01", "to": "2026-02-28"}
NAMES = {model.__name__ for model in TENANT_MODELS}
# Modules with pages' figures that name a table and not the account; what bounds them instead.
BOUND_OTHERWISE = {
    "analytics/activity.py": "a scope",
    "analytics/arrivals.py": "the sources of a form",
    "analytics/baskets.py": "a scope",
    "analytics/buyers.py": "the bookings or rollup rows of a scope; the rest writes rollups",
    "analytics/engine.py": "the generation, which has no rows of its own",
    "analytics/explain.py": "a scope",
    "analytics/forms.py": "customers of rows of a scope",
    "analytics/goals.py": "sets a goal; goals are read from the account",
    "analytics/goods.py": "a scope; the rest writes rollups",
    "analytics/hours.py": "a scope; the rest writes rollups",
    "analytics/keeping.py": "what a member sees is part of the key of a page",
    "analytics/ledger_file.py": "a scope",
    "analytics/ledger_form.py": "rows of the account, and bookings of a scope",
    "analytics/leaderboard.py": "a scope",
    "analytics/lines.py": "whoever asks adds a scope",
    "analytics/lists.py": "a scope",
    "analytics/lives.py": "a scope; of all customers only how many there are",
    "analytics/orders.py": "a scope",
    "analytics/people.py": "a scope",
    "analytics/personal_data.py": "counts and deletes what a source left; shows nothing",
    "analytics/query.py": "makes scopes",
    "analytics/restating.py": "writes another currency; tells how far it is",
    "analytics/rollups.py": "writes rollups",
    "analytics/rows.py": "a scope",
    "analytics/summing.py": "writes rollups",
    "analytics/saved_views.py": "the member's own; ids of sources alone",
    "analytics/segments.py": "customers of rows of a scope",
    "analytics/sums.py": "a scope",
    "analytics/verifying.py": "compares rollups with the ledger",
}


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.db_table)
def test_from_the_account_of_who_sees_nothing_no_row_is_found(model: type[Model], ours: Account) -> None:
    with tenant(ours.pk):
        row = specimen(model, ours)
        relation: Any = model._meta.get_field("account").remote_field
        rows = getattr(ours, relation.get_accessor_name())
        assert rows.filter(pk=row.pk).exists()

        ours.seen_sources = frozenset()

        assert rows.filter(pk=row.pk).exists() is (model._meta.db_table in FOR_EVERYBODY)


def test_views_and_forms_start_at_the_account() -> None:
    def around(module: ast.Module) -> Iterator[str]:
        named = (node for node in found(module, ast.Attribute) if node.attr in {"objects", "_default_manager"})
        return (ast.unparse(node) for node in named if ast.unparse(node.value) in NAMES | {"table", "model"})

    pages = {path for path in map(str, MODULES) if path.startswith("analytics/") and "management" not in path}
    pages |= {path for path in map(str, MODULES) if "views" in path or "forms" in path}
    assert offenders(around).keys() & pages == BOUND_OTHERWISE.keys()


def test_scopes_are_made_in_one_place_and_the_bound_is_set_in_one() -> None:
    def makes(module: ast.Module) -> Iterator[str]:
        return (ast.unparse(node) for node in found(module, ast.Call) if ast.unparse(node.func) == "Scope")

    def sets(module: ast.Module) -> Iterator[str]:
        return (
            node.attr
            for node in found(module, ast.Attribute)
            if node.attr == "seen_sources" and isinstance(node.ctx, ast.Store)
        )

    scopes = [path for path in offenders(makes) if "analytics.query" in (ROOT / path).read_text()]
    assert scopes == []
    assert set(offenders(sets)) == {"accounts/access.py"}


@pytest.fixture
def seen(ours: Account) -> DataSource:
    return make.source(ours, "seen")


@pytest.fixture
def hidden(ours: Account, seen: DataSource) -> dict[str, Any]:
    """What bob must not see: the ids of a source, its customer, row and file, beside what he may."""
    other = make.source(ours, "secret shop", kind=SourceKind.STORE)
    make.post(seen, movement("10.00 EUR", external_id="a", customer="ann@example.com", lines="TEE 1 1000"))
    secret = {"customer": "zoe@example.com", "lines": "ring 1 765432", "external_id": "secret-row"}
    make.post(other, movement("7654.32 EUR", "2026-01-30 11:00", **secret))
    make.post(other, movement("20.00 EUR", "2026-01-30 12:00", customer="ann@example.com"))
    rollups.drain(ours.pk, now=make.NOW)
    with tenant(ours.pk):
        upload = Upload.objects.create(
            account=ours, name="secret.csv", path="/x", state=UploadState.DONE, sources=[seen.pk, other.pk]
        )
        zoe = ours.customers.get(email="zoe@example.com")
        return {"sources": other, "customer": zoe, "after": zoe.transactions.get(), "upload": upload}


@pytest.fixture
def bobs(ours: Account, seen: DataSource, hidden: dict[str, Any], bob: User, client: Client) -> Client:
    Membership.objects.filter(user=bob).update(sources=[seen.pk])
    client.force_login(bob)
    return client


PATHS = ("/", "/transactions/", "/transactions/?metric=net_sales", "/sources/", "/files/", "/settings/team/")


@pytest.mark.parametrize("path", PATHS)
def test_no_page_tells_of_a_hidden_source(bobs: Client, path: str) -> None:
    page = bobs.get(path, WINTER if "?" not in path else {}).content.decode()

    assert [word for word in ("secret", "7,654", "zoe@", "ring") if word in page] == []


@pytest.mark.parametrize("words", ["secret-row", "zoe@example.com", "zoe"])
def test_a_search_finds_nothing_of_a_hidden_source(bobs: Client, words: str) -> None:
    assert "7,654" not in bobs.post("/transactions/", {"search": words}).content.decode()


@pytest.mark.parametrize("name", ["customer", "after"])
def test_who_and_what_is_known_elsewhere_only_does_not_exist(bobs: Client, hidden: dict[str, Any], name: str) -> None:
    assert bobs.get("/transactions/", {name: hidden[name].public_id}).status_code == 404


def test_a_customer_of_both_has_the_rows_in_view_alone(bobs: Client, ours: Account) -> None:
    with tenant(ours.pk):
        ann = ours.customers.get(email="ann@example.com")

    page = bobs.get("/transactions/", WINTER | {"customer": str(ann.public_id)}).content.decode()

    assert "€10.00" in page
    assert "€20.00" not in page


def test_a_hidden_source_is_as_unknown_as_one_that_never_was(bobs: Client, hidden: dict[str, Any]) -> None:
    page = bobs.get("/", {"sources": hidden["sources"].public_id}).content.decode()

    assert "“sources” is none that is known here" in page


def test_a_file_that_tells_of_a_hidden_source_does_not_exist(bobs: Client, hidden: dict[str, Any]) -> None:
    assert bobs.get(reverse("file", args=[hidden["upload"].public_id])).status_code == 404


def test_a_product_of_a_hidden_source_has_no_name(ours: Account, seen: DataSource, hidden: dict[str, Any]) -> None:
    with tenant(ours.pk):
        ids = {one.sku: str(one.public_id) for one in ours.products.all()}
        ours.seen_sources = frozenset({seen.pk})
        named = products.names(ours, ids.values())

    assert ids.keys() == {"TEE", "ring"}
    assert named == {"unattributed": "unattributed", ids["TEE"]: "TEE"}


def test_what_is_found_from_a_row_in_view_is_in_view(ours: Account, seen: DataSource, hidden: dict[str, Any]) -> None:
    ours.seen_sources = frozenset({seen.pk})
    with tenant(ours.pk):
        ann = ours.customers.get(email="ann@example.com")

        assert [row.source_id for row in ann.transactions.all()] == [seen.pk]


def test_losing_the_last_source_opens_nothing(bobs: Client, ours: Account, seen: DataSource) -> None:
    with tenant(ours.pk):
        seen.delete()
        membership = Membership.objects.get(user__name="bob")
        ours.seen_sources = frozenset(membership.sources or ())

        assert membership.sources is not None
        assert Scope.of(ours).sources == frozenset()
    assert "secret shop" not in bobs.get("/sources/").content.decode()


def test_a_source_that_is_connected_later_is_not_seen(bobs: Client, ours: Account) -> None:
    make.source(ours, "Newcomer of March")

    assert "Newcomer of March" not in bobs.get("/sources/").content.decode()


def test_answers_are_told_apart_by_what_is_seen(ours: Account, seen: DataSource, hidden: dict[str, Any]) -> None:
    with tenant(ours.pk):
        whole = Scope.of(ours)
        ours.seen_sources = frozenset({seen.pk})
        own = Scope.of(ours, whole.sources)

    assert own.sources == {seen.pk}
    assert (whole.is_whole, own.is_whole) == (True, False)
    assert own != whole
    assert hash(own) != hash(whole)


def test_managers_are_never_restricted(ours: Account, bob: User, client: Client, seen: DataSource) -> None:
    Membership.objects.filter(user=bob).update(sources=[seen.pk], role=Role.VIEWER)
    olga = make.user("olga")
    make.member(ours, olga, Role.OWNER)
    client.force_login(olga)
    make.prove(client, olga)

    client.post(f"/settings/team/{Membership.objects.get(user=bob).public_id}/", {"role": "admin"})

    assert Membership.objects.get(user=bob).sources is None
