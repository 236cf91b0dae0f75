"""Let an account's trial run longer; the reason is recorded, and its owners are told."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.management import account_of
from accounts.trials import TrialError, extend_trial


class Command(BaseCommand):
    help = "Let an account's trial run longer; prints its new end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", help="the account's public id")
        parser.add_argument("--days", type=int, required=True)
        parser.add_argument("--reason", required=True, help="why; it is recorded")

    def handle(self, **options: Any) -> None:
        account = account_of(options["account"])
        try:
            ends_at = extend_trial(
                account, days=options["days"], reason=options["reason"], by="extend_trial", now=timezone.now()
            )
        except TrialError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(ends_at.isoformat())
