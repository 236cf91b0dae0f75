"""The site refuses a database that was restored from a backup, until what was erased since is gone again."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DEFAULT_DB_ALIAS, connections

from compliance import journal
from compliance.models import JournalEntry

HINT: Final = "`manage.py after_restore` erases it once more; then the site starts."


@register(Tags.database)
def restored_from_a_backup(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> Iterable[CheckMessage]:
    """Refuse a database that holds again what the erasure journal says is gone."""
    if DEFAULT_DB_ALIAS not in (databases or ()) or not _is_migrated():
        return []
    if again := len(journal.missing()):
        said = f"This database was restored from a backup: {again} erasure{'s' * (again > 1)} since are undone."
        return [Error(said, HINT, id="putler.E010")]
    return []


def _is_migrated() -> bool:
    """A new database has nothing in it; it gets its tables first."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"public.{JournalEntry._meta.db_table}"])
        return bool(cursor.fetchone()[0])
