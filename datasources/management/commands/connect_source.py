"""Connect a source by a key, read from standard input; prints the source's id."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.management import account_of
from datasources.connectors.registry import CONNECTORS
from datasources.services.connecting import ConnectError, accept_key
from datasources.services.providers import provider


class Command(BaseCommand):
    help = "Connect a source by a key, read from standard input; prints the source's id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account")
        parser.add_argument("provider", choices=sorted(CONNECTORS))
        parser.add_argument("--name", required=True)

    def handle(self, **options: Any) -> None:
        account, key = account_of(options["account"]), sys.stdin.readline().strip()
        try:
            source = accept_key(account, provider(options["provider"]), key, name=options["name"], now=timezone.now())
        except ConnectError as error:
            raise CommandError(str(error), returncode=1) from error
        self.stdout.write(str(source.public_id))
