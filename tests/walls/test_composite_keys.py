"""Composite keys alone: as the owner, with row-level security off, a row cannot point into another account."""

# ruff: noqa: S608  the tables are named by the models

import re
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

from accounts.models import Account
from putler.tenancy import TenantForeignKey
from tests.walls.conftest import set_row_level_security
from tests.walls.specimens import TENANT_MODELS, specimen

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.rule("R2")]
REFERENCES = [
    (model, field)
    for model in TENANT_MODELS
    for field in model._meta.local_fields
    if isinstance(field, TenantForeignKey)
]
FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, confrelid::regclass::text,
           (SELECT array_agg(attname::text ORDER BY n) FROM unnest(conkey) WITH ORDINALITY k (attnum, n)
            JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.attnum),
           (SELECT array_agg(attname::text ORDER BY n) FROM unnest(confkey) WITH ORDINALITY k (attnum, n)
            JOIN pg_attribute a ON a.attrelid = confrelid AND a.attnum = k.attnum)
    FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND convalidated
"""
UNIQUE = """
    SELECT i.indexrelid::regclass::text, a.attname IS NOT NULL
    FROM pg_index i LEFT JOIN pg_attribute a
      ON a.attrelid = i.indrelid AND a.attname = 'account_id' AND a.attnum = ANY(i.indkey[:i.indnkeyatts - 1])
    WHERE i.indisunique AND i.indrelid = ANY(%s::regclass[])
"""


@pytest.fixture
def owner() -> Iterator[CursorWrapper]:
    """Without row-level security; everything is rolled back with the test."""
    set_row_level_security("DISABLE")
    with connections["owner"].cursor() as cursor:
        yield cursor


@pytest.mark.parametrize(("model", "field"), REFERENCES, ids=[f"{m._meta.db_table}-{f.column}" for m, f in REFERENCES])
def test_a_row_cannot_point_into_another_account(
    model: type[Model], field: TenantForeignKey, owner: CursorWrapper
) -> None:
    ours, theirs = (Account.objects.using("owner").create(name=name) for name in ("Alice’s", "Charlie’s"))
    row, target = specimen(model, ours, using="owner"), specimen(field.related_model, theirs, using="owner")
    owner.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match=f"{model._meta.db_table}_{field.column}_fk"):
        owner.execute(f"UPDATE {model._meta.db_table} SET {field.column} = {target.pk} WHERE id = {row.pk}")


def test_every_key_between_tenant_tables_pairs_the_accounts(owner: CursorWrapper) -> None:
    owner.execute(FOREIGN_KEYS)
    tables = {model._meta.db_table for model in TENANT_MODELS}
    between = {
        (whole(child), tuple(columns), tuple(others))
        for child, parent, columns, others in owner
        if {whole(child), whole(parent)} <= tables
    }

    assert all(columns[0] == others[0] == "account_id" and others[1:] == ("id",) for _, columns, others in between)
    assert {(child, columns[1]) for child, columns, _ in between} == {
        (m._meta.db_table, f.column) for m, f in REFERENCES
    }


def test_a_partition_refers_to_its_fellow(owner: CursorWrapper) -> None:
    owner.execute(FOREIGN_KEYS)
    pairs = [(child, parent) for child, parent, *_ in owner if child != whole(child)]

    assert len({child for child, _ in pairs}) == 3 * 32
    assert [pair for pair in pairs if pair[0][-3:] != pair[1][-3:]] == []


def whole(table: str) -> str:
    """The table that this one, if it is a partition, is a part of."""
    return re.sub(r"_\d\d$", "", table)


def test_no_tenant_table_hangs_on_another_table_but_its_account(owner: CursorWrapper) -> None:
    owner.execute(FOREIGN_KEYS)
    tables = {model._meta.db_table for model in TENANT_MODELS}
    named = [(whole(child), whole(parent)) for child, parent, *_ in owner]
    outward = [(child, parent) for child, parent in named if (child in tables) != (parent in tables)]

    assert outward == [("datasources_datasource", "accounts_account")]


def test_every_unique_index_of_a_tenant_table_contains_the_account(owner: CursorWrapper) -> None:
    owner.execute(UNIQUE, [[model._meta.db_table for model in TENANT_MODELS]])
    indexes = owner.fetchall()

    assert len(indexes) >= len(TENANT_MODELS)
    assert [name for name, has_account in indexes if not has_account] == []
