"""Look at the site's front from outside, or at a certificate."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from putler import front, tls


class Command(BaseCommand):
    help = (
        "Ask the site's front which TLS it speaks, with which key and ciphers, and where it sends who comes without; "
        "or judge a certificate in a file. Exit status 1, with a sentence for each fault."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the front's host, or a file."""
        parser.add_argument("subject", metavar="HOST[:PORT]|FILE", help="such as putler.example.com")
        parser.add_argument("--ca", metavar="FILE", help="who vouches for it, beside those whom everybody trusts")
        parser.add_argument("--http-port", type=int, default=80, help="where it is asked without TLS (80)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was seen."""
        if Path(options["subject"]).is_file():
            self._judge(options["subject"])
            return
        host, _, port = options["subject"].partition(":")
        if not (port or "443").isdecimal():
            raise CommandError("There is no such file, and it is no host with a port.", returncode=2)
        place = front.Place(host, int(port or 443), options["http_port"], options["ca"])
        try:
            seen = front.measured(place, now=timezone.now())
        except front.CannotAsk as error:
            raise CommandError(str(error)) from error
        told = (", ".join(seen.protocols), f"{seen.key} until {seen.expires_at:%Y-%m-%d}", seen.cipher, seen.hsts)
        self.stdout.write(f"{host}: {'; '.join(filter(None, told))}")
        if seen.faults:
            raise CommandError("\n".join(seen.faults))

    def _judge(self, path: str) -> None:
        if sentence := tls.weakness_of_file(path):
            raise CommandError(sentence)
        self.stdout.write(f"{path}: strong enough.")
