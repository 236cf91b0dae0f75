"""Jobs that recur."""

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython


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
