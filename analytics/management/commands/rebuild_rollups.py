"""Compute an account's rollups again from its bookings; the old ones are served until the new ones are complete."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.management import chosen
from analytics import rollups


class Command(BaseCommand):
    """Rebuild one account or all."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--account", help="its public id; all accounts without it")

    def handle(self, *args: Any, account: str | None, **options: Any) -> None:
        """Print one line an account."""
        for each in chosen(account):
            days = rollups.rebuild(each.pk, now=timezone.now())
            self.stdout.write(f"{each.public_id}: {days} days")
