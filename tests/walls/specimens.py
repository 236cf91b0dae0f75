"""A row of every tenant table, made from nothing but its columns, so that no table can be forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any

from django.apps import apps
from django.db import models
from psycopg.types.json import Jsonb

from accounts.models import Account
from putler.tenancy import TenantForeignKey, TenantModel
from tests.make import NOW

TENANT_MODELS = sorted((m for m in apps.get_models() if issubclass(m, TenantModel)), key=lambda m: m._meta.db_table)
_numbers = count(1)


def specimen(model: type[models.Model], account: Account, using: str = "default") -> Any:
    """A saved row; what it must refer to is made with it."""
    fields = [field for field in model._meta.local_fields if not field.primary_key]
    values = {_name(field): _value(field, account, using) for field in fields}
    row = model(**values)
    row.save(force_insert=True, using=using)
    return row


def columns_and_values(row: models.Model) -> dict[str, Any]:
    """The row as it stands in its table."""
    values = {str(field.column): getattr(row, field.attname) for field in row._meta.local_fields}
    return {column: Jsonb(value) if isinstance(value, dict) else value for column, value in values.items()}


def _value(field: models.Field[Any, Any], account: Account, using: str) -> Any:
    if field.name == "account":
        return account
    if field.null:
        return None
    if isinstance(field, TenantForeignKey):
        return specimen(field.related_model, account, using)
    if field.choices:
        return next(iter(field.flatchoices))[0]
    return field.get_default() if field.has_default() else _plain(field)


def _name(field: models.Field[Any, Any]) -> str:
    """A reference to what is no tenant's, a user, is a number here: nobody has to be there."""
    is_elsewhere = isinstance(field, models.ForeignKey) and not isinstance(field, TenantForeignKey)
    return str(field.attname if is_elsewhere and field.name != "account" else field.name)


def _plain(field: models.Field[Any, Any]) -> Any:
    made = next((make_one for kind, make_one in _PLAIN.items() if isinstance(field, kind)), None)
    assert made, f"No value is known for {field}."
    return made()[: field.max_length] if isinstance(field, models.CharField) else made()


_PLAIN: dict[type[models.Field[Any, Any]], Callable[[], Any]] = {
    models.ForeignKey: lambda: next(_numbers),
    models.UUIDField: uuid.uuid4,
    models.TextField: lambda: "text",
    models.CharField: lambda: uuid.uuid4().hex,
    models.DateTimeField: lambda: NOW,
    models.DateField: lambda: NOW.date(),
    models.BooleanField: lambda: False,
    models.BinaryField: lambda: b"",
    models.IntegerField: lambda: next(_numbers),
    models.DecimalField: lambda: Decimal(1),
    models.JSONField: dict,
}
