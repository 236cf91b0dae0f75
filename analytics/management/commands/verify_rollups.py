"""Compare rollups with the bookings that they sum; ends with 1 where they differ."""

import json
import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.management import chosen
from analytics.verifying import SAMPLE, verify


class Command(BaseCommand):
    """Verify one account or all."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--account", help="its public id; all accounts without it")
        parser.add_argument("--days", type=int, default=SAMPLE, help=f"how many, chosen by chance ({SAMPLE})")
        parser.add_argument("--all", action="store_true", help="every day")
        parser.add_argument("--seed", type=int, help="choose the days that a run with this seed chose")

    def handle(self, *args: Any, account: str | None, **options: Any) -> None:
        """Print one JSON line a row that differs; the seed on standard error."""
        found, seed = 0, secrets.randbelow(2**31) if options["seed"] is None else options["seed"]
        days = None if options["all"] else options["days"]
        self.stderr.write("every day" if days is None else f"{days} days an account, seed {seed}")
        for each in chosen(account):
            for difference in verify(each.pk, now=timezone.now(), days=days, seed=seed):
                found += 1
                facts = {"account": each.public_id, "table": difference.table, "is_stored": difference.is_stored}
                place = {name: difference.row[name] for name in ("grain", "on", "source_id")}
                self.stdout.write(json.dumps(facts | place, default=str))
        if found:
            raise CommandError(f"{found} rows differ.")
