"""Add the ECB's exchange rates that are new."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from datasources.models import Rate
from datasources.services.rates import load_bundled, update_rates
from putler.kernel.errors import PutlerError


class Command(BaseCommand):
    help = "Add the ECB's exchange rates that are new: over the network, or from the bundled history."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--bundled", action="store_true", help="the history that came with the installation, into an empty table"
        )

    def handle(self, **options: Any) -> None:
        if options["bundled"] and Rate.objects.exists():
            return
        try:
            count = load_bundled() if options["bundled"] else update_rates(now=timezone.now())
        except PutlerError as error:
            raise CommandError(str(error), returncode=1) from error
        self.stderr.write(f"{count} rates added.")
