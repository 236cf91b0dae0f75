"""Replace exchange rates by those of a file and convert again the rows that they concern."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Account
from datasources.connectors.ecb import RatesRefused
from datasources.services import news
from datasources.services.rates import load_rates


class Command(BaseCommand):
    help = "Replace exchange rates by those of a file: date,currency,units_per_eur."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, **options: Any) -> None:
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as lines:
                count = load_rates(lines)
        except (RatesRefused, OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error), returncode=1) from error
        for account_id in Account.objects.values_list("pk", flat=True):
            news.follow_now(account_id)
        self.stderr.write(f"{count} rates loaded.")
