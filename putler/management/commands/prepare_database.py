"""Bring the database up to this release."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from putler import stamp

OWNER = "owner"


class Command(BaseCommand):
    """Apply the migrations and make the cache table; a database that carries this release's stamp is left alone."""

    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare the database as its owner, one process at a time."""
        if OWNER not in connections:
            raise CommandError("The tables are made by their owner: set DATABASE_OWNER_URL (docs/operations.md).")
        connection = connections[OWNER]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('putler.prepare'))")
            if not stamp.is_current(cursor):
                self._prepare(connection)
            cursor.execute("SELECT pg_advisory_unlock(hashtext('putler.prepare'))")

    def _prepare(self, connection: BaseDatabaseWrapper) -> None:
        self.stderr.write("Preparing the database …")
        call_command("migrate", database=OWNER, verbosity=0)
        call_command("createcachetable", database=OWNER, verbosity=0)
        with connection.cursor() as cursor:
            stamp.write(cursor, connection.ops.quote_name(connection.settings_dict["NAME"]))
