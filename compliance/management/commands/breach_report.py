"""List the people whom a breach of an account concerns, and what kinds of data lie there of them, as CSV."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.management import account_of
from compliance import breach
from putler.kernel.cells import csv_text


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", required=True, help="public id of the account")
        parser.add_argument("--file", type=Path, help="a new file that its owner alone may read; else standard output")

    def handle(self, **options: Any) -> None:
        account, path = account_of(options["account"]), options["file"]
        if path is None:
            self.stdout.write(csv_text(breach.HEADER, breach.affected(account)), ending="")
            return
        try:
            private = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}", returncode=2) from error
        with open(private, "w", encoding="utf-8", newline="") as file:
            rows = breach.affected(account)
            file.write(csv_text(breach.HEADER, rows))
        self.stdout.write(f"{len(rows)} people in {path}.")
