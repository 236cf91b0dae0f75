"""Make an account and its owner; prints the account's public id."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services import AccountError, create_account


class Command(BaseCommand):
    help = "Make an account and its owner; prints the account's public id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--currency", required=True, help="ISO 4217 code of the reporting currency")
        parser.add_argument("--time-zone", required=True, help="such as Europe/London")
        parser.add_argument("--password-stdin", action="store_true", help="read a new owner's password from stdin")

    def handle(self, **options: Any) -> None:
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else None
        try:
            account = create_account(
                email=options["email"],
                name=options["name"],
                currency=options["currency"].upper(),
                time_zone=options["time_zone"],
                password=password,
            )
        except AccountError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(str(account.public_id))
