"""Django's migrate, as the role that owns the tables."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections

OWNER = "owner"


class Command(migrate.Command):
    """Migrate as the owner of the tables unless told otherwise."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Make the owner's connection the default."""
        super().add_arguments(parser)
        parser.set_defaults(database=OWNER)

    def execute(self, *args: Any, **options: Any) -> Any:
        """Migrate, or say what is missing."""
        if options["database"] not in connections:
            raise CommandError("Tables are changed by their owner: set DATABASE_OWNER_URL (docs/operations.md).")
        return super().execute(*args, **options)
