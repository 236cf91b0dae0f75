"""Make Putler's roles and database on a PostgreSQL server, once."""

from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from putler.postgres import UnsuitableServer, bootstrap


class Command(BaseCommand):
    """Make the four roles, the database and its grants; print the variables to run Putler with.

    Passwords are shown this once. Run again, it repairs what is missing and leaves passwords alone.
    """

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the superuser's URL; its password may come from PGPASSWORD or ~/.pgpass."""
        parser.add_argument("url", help="a superuser's URL, e.g. postgresql://postgres@db.example.com/postgres")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one NAME=value line a role that logs in."""
        try:
            urls = bootstrap(options["url"], with_passwords=True)
        except (psycopg.Error, UnsuitableServer) as error:
            raise CommandError(str(error)) from error
        for name, url in urls.items():
            self.stdout.write(f"{name}={url}")
