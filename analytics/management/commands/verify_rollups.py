"""Compare rollups with the bookings that they sum; ends with 1 where they differ."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.management import chosen
from analytics import rollups


class Command(BaseCommand):
    """Verify one account or all."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--account", help="its public id; all accounts without it")
        parser.add_argument("--months", type=int, help="how many months, chosen by chance; all without it")

    def handle(self, *args: Any, account: str | None, months: int | None, **options: Any) -> None:
        """Print one JSON line a row that differs."""
        found = 0
        for each in chosen(account):
            for difference in rollups.verify(each.pk, now=timezone.now(), months=months):
                found += 1
                facts = {"account": each.public_id, "table": difference.table, "is_stored": difference.is_stored}
                place = {name: difference.row[name] for name in ("grain", "on", "source_id")}
                self.stdout.write(json.dumps(facts | place, default=str))
        if found:
            raise CommandError(f"{found} rows differ.")
