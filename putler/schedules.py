"""Jobs that recur."""

from datetime import datetime

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython
from django_q.models import Schedule


def recurring(task: str, *, minutes: int, cluster: str) -> RunPython:
    """The migration that has the task (its dotted name) run every so many minutes by one of the worker clusters."""

    def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        schedules = apps.get_model("django_q", "Schedule").objects.using(schema_editor.connection.alias)
        every = {"schedule_type": "I", "minutes": minutes, "repeats": -1, "cluster": cluster}
        schedules.update_or_create(name=task, defaults={"func": task, **every})

    def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        schedules = apps.get_model("django_q", "Schedule").objects.using(schema_editor.connection.alias)
        schedules.filter(name=task).delete()

    return RunPython(add, remove)


def bring_forward(task: str, *, to: datetime) -> None:
    """Have a recurring task (its dotted name) run at that moment, unless it is due before; it recurs from there on."""
    Schedule.objects.filter(name=task, next_run__gt=to).update(next_run=to)


def no_longer(task: str) -> RunPython:
    """The migration after which a task (its dotted name) does not recur any more."""

    def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        apps.get_model("django_q", "Schedule").objects.using(schema_editor.connection.alias).filter(name=task).delete()

    return RunPython(remove, RunPython.noop)
