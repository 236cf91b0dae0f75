"""The tenant wall: whose rows a transaction may see, and the tables that PostgreSQL guards.

Three walls, each enough alone: code starts at the account, row-level security shows the application role one account at
a time, and every key between tenant tables contains `account_id`.
"""

import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self, TypeVar

from django.db import connection, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddField, CreateModel, RunSQL
from django.db.migrations.state import ProjectState

APP_ROLE = "putler_app"
_SETTING = "app.account_id"
_active: ContextVar[int | None] = ContextVar("active_account", default=None)


class TenantError(RuntimeError):
    """A programming error: one account's work reached into another's."""


@contextmanager
def tenant(account_id: int, *, is_snapshot: bool = False) -> Iterator[None]:
    """Open one transaction in which the rows of this account, and no others, exist.

    Entering the same account again changes nothing. Raises TenantError inside another account. `is_snapshot`: all of it
    sees the rows of one moment, so that figures and rows on a page agree whatever is committed meanwhile.
    """
    outer = _active.get()
    if outer is not None:
        if outer != account_id:
            raise TenantError("Another account is active.")
        yield
        return
    token = _active.set(account_id)
    is_outermost = not connection.in_atomic_block
    try:
        with transaction.atomic():
            if is_snapshot and is_outermost:
                _take_snapshot()
            _set(str(account_id))
            yield
            if not is_outermost:  # in the outer transaction it would outlive this block; an end takes it back by itself
                _set("")
    finally:
        _active.reset(token)


def _take_snapshot() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _set(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [_SETTING, value])


def lock(purpose: str, account_id: int) -> None:
    """Wait until no other transaction holds this lock of the account, and hold it to the end of this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [purpose, account_id % 2**31])


def commit_softly() -> None:
    """Let this transaction commit without waiting for the disk.

    For work that says in the same transaction how far it is: what a crash of the server takes back is done again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


Row = TypeVar("Row", bound="TenantModel")


class TenantManager(models.Manager[Row]):
    """The rows of a tenant table; who starts at the account of a restricted member finds those in their view alone.

    It holds for what is found from there too: `request.account.customers.get(…).transactions`.
    """

    def get_queryset(self) -> models.QuerySet[Row]:
        rows = super().get_queryset()
        sources = _sources_seen_from(getattr(self, "instance", None))  # of a related manager: where it starts
        return rows if sources is None else rows.filter(self.model.in_view(sources))


def _sources_seen_from(start: Any) -> frozenset[int] | None:
    """The ids of the sources in view of whoever holds this object; None where all are."""
    account = start if hasattr(start, "seen_sources") else start and start._state.fields_cache.get("account")
    return account and account.seen_sources  # type: ignore[no-any-return]


class TenantModel(models.Model):
    """A row of one account. Start at the account (`account.transactions`), never at `Model.objects`."""

    account = models.ForeignKey(
        "accounts.Account", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="%(class)ss"
    )

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        abstract = True

    @classmethod
    def in_view(cls, sources: Collection[int]) -> models.Q:
        """The rows that exist for whoever sees these sources alone: what hangs on one; nothing of other tables."""
        hangs_on_one = any(field.name == "source" for field in cls._meta.local_fields)
        return models.Q(source__in=sources) if hangs_on_one else models.Q(pk__in=[])


class PublicTenantModel(TenantModel):
    """A tenant row with a random id that may stand in a URL."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A reference within one account: CreateTenantModel adds the key (account_id, …) that PostgreSQL enforces."""

    def __init__(self, to: Any, **kwargs: Any) -> None:
        super().__init__(to, **kwargs | {"on_delete": models.DO_NOTHING, "db_constraint": False, "db_index": False})


class CreateTenantModel(CreateModel):
    """CreateModel for a tenant table: its key starts with the account, its references too, and its rows are walled in.

    `partitions`: how many hash partitions by account; 0 for a plain table.
    """

    def __init__(  # noqa: PLR0913  CreateModel's own, and one more
        self,
        name: str,
        fields: list[tuple[str, Any]],
        options: dict[str, Any] | None = None,
        bases: Sequence[Any] | None = None,
        managers: Sequence[Any] | None = None,
        *,
        partitions: int = 0,
    ) -> None:
        super().__init__(name, fields, options, bases, managers)
        self.partitions = partitions

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | ({"partitions": self.partitions} if self.partitions else {})

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        table = model._meta.db_table
        self._create_table(schema_editor, model)
        schema_editor.deferred_sql.extend(schema_editor._model_indexes_sql(model))  # type: ignore[attr-defined]
        schema_editor.deferred_sql.extend(_composite_keys(model))
        for statement in protect(table):
            schema_editor.execute(statement)

    def _create_table(self, schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model]) -> None:
        table = model._meta.db_table
        sql, params = schema_editor.table_sql(model)
        head, tail = sql.rsplit(")", 1)
        sql = f"{head.replace(' PRIMARY KEY', '', 1)}, PRIMARY KEY (account_id, id)){tail}"
        schema_editor.execute(sql + (" PARTITION BY HASH (account_id)" if self.partitions else ""), params or None)
        for number in range(self.partitions):
            part = f"{table}_{number:02}"
            bounds = f"MODULUS {self.partitions}, REMAINDER {number}"
            schema_editor.execute(f"CREATE TABLE {part} PARTITION OF {table} FOR VALUES WITH ({bounds})")
            schema_editor.execute(f"REVOKE ALL ON {part} FROM {APP_ROLE}")  # the parent's policy does not bind its name


class AddTenantField(AddField):
    """AddField for a reference between tenant tables, with the key (account_id, …) that PostgreSQL enforces."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.deferred_sql.extend(_composite_keys(model, only=self.name))


def _composite_keys(model: type[models.Model], *, only: str = "") -> Iterator[str]:
    """The foreign keys of a tenant table, or `only` that of one field."""
    table = model._meta.db_table
    for field in model._meta.local_fields:
        if only and field.name != only:
            continue
        if not (field.remote_field and "account" in {f.name for f in field.remote_field.model._meta.local_fields}):
            continue
        other = field.remote_field.model._meta.db_table
        yield (
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{field.column}_fk FOREIGN KEY (account_id, {field.column}) "
            f"REFERENCES {other} (account_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
        )


def keys_between_partitions(table: str, column: str, other: str, *, partitions: int) -> RunSQL:
    """The migration that lets each partition of `table` refer to its fellow of `other`, which has as many.

    The rows of an account are in fellows, so this keeps out as much as a key between the two tables. But that one would
    look at all partitions for each row that is written, and take ten times as long.
    """
    name = f"{table}_{column}_fk"
    reference = f"FOREIGN KEY (account_id, {column}) REFERENCES {other}"
    rest = "(account_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
    fellows = [
        f"ALTER TABLE {table}_{number:02} ADD CONSTRAINT {name} {reference}_{number:02} {rest}"
        for number in range(partitions)
    ]
    back = [f"ALTER TABLE {table}_{number:02} DROP CONSTRAINT {name}" for number in range(partitions)]
    whole = f"ALTER TABLE {table} ADD CONSTRAINT {name} {reference} {rest}"
    return RunSQL([f"ALTER TABLE {table} DROP CONSTRAINT {name}", *fellows], [*back, whole])


def protect(table: str) -> tuple[str, ...]:
    """The statements that let a role without BYPASSRLS, the owner included, see one account's rows at a time."""
    own = f"account_id = (SELECT nullif(current_setting('{_SETTING}', true), '')::bigint)"
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {table} USING ({own}) WITH CHECK ({own})",
    )
