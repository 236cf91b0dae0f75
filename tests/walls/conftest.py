"""The cast: alice owns an account, bob views it, charlie is in another one. Who tries what, and without which wall."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections

from accounts.models import Account, Role, User
from tests import make
from tests.walls.specimens import TENANT_MODELS

Run = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def ours(db: None) -> Account:
    """Give alice's account."""
    return make.account("Alice’s shop")


@pytest.fixture
def theirs(db: None) -> Account:
    """Give charlie's account."""
    return make.account("Charlie’s shop")


@pytest.fixture
def alice(ours: Account) -> User:
    user = make.user("alice")
    make.member(ours, user, Role.OWNER)
    return user


@pytest.fixture
def bob(ours: Account) -> User:
    user = make.user("bob")
    make.member(ours, user, Role.VIEWER)
    return user


@pytest.fixture
def charlie(theirs: Account) -> User:
    user = make.user("charlie")
    make.member(theirs, user, Role.OWNER)
    return user


@pytest.fixture
def run(db: None) -> Iterator[Run]:
    """Run one SQL statement as the app role, past all our code; its rows, or its row count as the only value."""
    with connection.cursor() as cursor:

        def execute(statement: str, *params: Any) -> list[tuple[Any, ...]]:
            cursor.execute(statement, params or None)
            return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]

        yield execute


def set_row_level_security(verb: str) -> None:
    """`verb`: DISABLE or ENABLE, for every tenant table of this worker's database."""
    with connections["owner"].cursor() as cursor:
        for model in TENANT_MODELS:
            cursor.execute(f"ALTER TABLE {model._meta.db_table} {verb} ROW LEVEL SECURITY")
