"""Verify the audit logs: each event as it was written, none missing, and as many as a seal vouches for."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import chains
from accounts.models import Account


class Command(BaseCommand):
    help = "Verify the audit logs; exit status 1 where an event was changed or is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", help="public id; without it all logs, the staff's too")
        parser.add_argument("--day", type=date.fromisoformat, help="of a mailed seal, such as 2026-11-25")
        parser.add_argument("--seal", help="the seal that was mailed for that day")

    def handle(self, **options: Any) -> None:
        if bool(options["day"]) != bool(options["seal"]):
            raise CommandError("--day and --seal belong together.", returncode=2)
        logs = [self._account(options["account"])] if options["account"] else list(chains.logs())
        faults = [text for log in logs if (text := self._fault(log))]
        if options["seal"] and chains.seal(options["day"]).digest != options["seal"].strip().lower():
            faults.append(f"The logs are not those of which the seal of {options['day']} was made.")
        if faults:
            raise CommandError("\n".join(faults))
        self.stdout.write(f"{len(logs)} log{'s' if len(logs) != 1 else ''} as written.")

    def _account(self, public_id: str) -> int:
        account = Account.objects.by_public_id(public_id)
        if account is None:
            raise CommandError(f"There is no account {public_id}.", returncode=2)
        return account.pk

    def _fault(self, log: int | None) -> str:
        event = chains.broken(log)
        whose = Account.objects.filter(pk=log).first() or f"number {log}" if log else ""
        return f"{f'Account {whose}' if log else 'Staff'}: event {event.seq} ({event.public_id})" if event else ""
