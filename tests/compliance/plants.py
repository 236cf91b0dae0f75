"""A row of every table that may say something of a source, with a word of its own in every personal field."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.cache import cache
from django.db import models
from django_q.models import OrmQ, Task
from django_q.signing import SignedPackage

from compliance.stores import declarations
from datasources.models import DataSource, StreamState, Upload
from datasources.services.erasing import JOB
from putler.personal import Whose
from putler.tenancy import TenantForeignKey, tenant
from tests.make import NOW
from tests.walls.specimens import _PLAIN, _name

OF_NO_SOURCE = {"datasources.Revocation", "datasources.DataSource", "datasources.Exclusion", "datasources.ImportHealth"}


@dataclass
class Plants:
    """What was planted for a source: words by the place that they lie in."""

    source: DataSource
    words: dict[str, str] = field(default_factory=dict)
    rows: dict[type[models.Model], Any] = field(default_factory=dict)

    def word(self, place: str) -> str:
        """A word for a place, not yet used anywhere."""
        return self.words.setdefault(place, f"plant{uuid.uuid4().hex[:12]}")

    def row(self, model: type[models.Model]) -> Any:
        """The row of a table, made with all that it refers to."""
        if model is DataSource:
            return self.source
        if model not in self.rows:
            self.rows[model] = None  # a table that refers to itself
            values = {_name(one): self._value(model, one) for one in model._meta.local_fields if not one.primary_key}
            self.rows[model] = model._default_manager.create(**values)
        return self.rows[model]

    def _value(self, model: type[models.Model], one: Any) -> Any:  # noqa: PLR0911  one way for each kind of field
        place = f"{model._meta.label}.{one.name}"
        if one.name == "account":
            return self.source.account
        if place == "datasources.Rebooking.product":
            return None  # it is of a customer or of a product
        if isinstance(one, TenantForeignKey):
            return self.row(one.related_model)
        if place == "datasources.Upload.path":
            path: Path = settings.UPLOADS / f"{self.word(place)}.csv"
            path.write_text(self.word("a file on the disk"))
            return str(path)
        if one.name in declarations()[model._meta.label].personal and (planted := self._planted(place, one)):
            return planted
        if one.choices:
            return next(iter(one.flatchoices))[0]
        if one.has_default() or one.null:
            return one.get_default()
        made = next(make() for kind, make in _PLAIN.items() if isinstance(one, kind))
        return made[: one.max_length] if isinstance(one, models.CharField) else made

    def _planted(self, place: str, one: Any) -> Any:
        if isinstance(one, ArrayField) and isinstance(one.base_field, models.CharField):
            return [self.word(place)]
        if isinstance(one, models.JSONField):
            return {"said": self.word(place)}
        is_text = isinstance(one, models.CharField | models.TextField)
        return self.word(place) if is_text and (one.max_length or 99) >= 17 else None  # noqa: PLR2004


def plant(source: DataSource) -> Plants:
    """Plant in every table, in the cache and among the jobs."""
    plants = Plants(source)
    with tenant(source.account_id):
        for label, declared in declarations().items():
            model = apps.get_model(label)
            if model._meta.app_label == "datasources" and label not in OF_NO_SOURCE and "account" in declared.names:
                plants.row(model)
        for name in ("name", "external_account", "attention"):
            setattr(source, name, plants.word(f"datasources.DataSource.{name}"))
        source.save()
        stream = plants.row(StreamState)
        _plant_jobs(plants, stream.pk)
        cache.set(f"source/{source.public_id}/{plants.word('a name in the cache')}", 1)
        assert plants.row(Upload).path
    return plants


def _plant_jobs(plants: Plants, stream: int) -> None:
    task = {"id": uuid.uuid4().hex, "name": "job", "func": JOB, "args": (plants.source.account_id, stream)}
    ended = {"started": NOW, "stopped": NOW, "success": False}
    Task.objects.create(**task, **ended, result=plants.word("the result of a job"))
    waiting = task | {"kwargs": {"word": plants.word("a job that waits")}}
    OrmQ.objects.create(key="long", payload=SignedPackage.dumps(waiting), lock=NOW)


def expected_places() -> set[str]:
    """The personal fields of a source's tables that can hold a word."""
    found = set()
    for label, declared in declarations().items():
        for name, what in declared.personal.items():
            one: Any = apps.get_model(label)._meta.get_field(name)
            is_list = isinstance(one, ArrayField | models.JSONField)
            is_text = isinstance(one, models.CharField | models.TextField) and (one.max_length or 99) >= 17  # noqa: PLR2004
            if (
                label.startswith("datasources.")
                and label not in {"datasources.Revocation", "datasources.Exclusion"}
                and (is_list or is_text)
            ):
                assert what.whose in Whose
                found.add(f"{label}.{name}")
    return found
