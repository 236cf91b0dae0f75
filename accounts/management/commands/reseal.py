"""Seal every secret with the newest key, so that an older one can go."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import resealing

CLOSED = "{n} value(s) of {column} open with none of the keys in PUTLER_KEYS; they stay as they are."
NEEDED = "Key {key} is still needed: it sealed {n} value(s) of {column}."


class Command(BaseCommand):
    help = (
        "Seal again, with the first key of PUTLER_KEYS, what other keys sealed, while the site runs. It may be stopped "
        "and begun again. --check tells what other keys are still needed for; exit status 1 where they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; say whether only the first is needed")
        parser.add_argument("--batch", type=int, default=resealing.BATCH, help="values in one transaction")

    def handle(self, **options: Any) -> None:
        if options["check"]:
            self._check()
        else:
            self._reseal(options["batch"])

    def _reseal(self, size: int) -> None:
        resealed, closed = Counter[str](), Counter[str]()
        for batch in resealing.reseal(size=size):
            resealed[batch.column] += batch.resealed
            closed[batch.column] += batch.closed
        for column, count in sorted(resealed.items()):
            self.stdout.write(f"{column}: {count} sealed again")
        self.stdout.write(f"{resealed.total()} sealed again.")
        if closed.total():
            raise CommandError("\n".join(CLOSED.format(n=n, column=column) for column, n in closed.items() if n))

    def _check(self) -> None:
        needed = resealing.needed()
        if needed:
            raise CommandError("\n".join(NEEDED.format(key=key, n=n, column=column) for column, key, n in needed))
        self.stdout.write("Everything is sealed with the first key; the others can go.")
