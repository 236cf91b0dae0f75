"""Make a certificate for this machine, so that the site can be tried over https."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from putler import tls


class Command(BaseCommand):
    help = "Make a certificate for localhost (P-256, thirty days) and its key, unless one lasts another week."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder."""
        parser.add_argument("--folder", type=Path, default=settings.VAR / "tls", help="where they go (var/tls)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the variables that have the site use them."""
        certificate, key = tls.make_local(options["folder"].resolve(), now=timezone.now())
        self.stdout.write(f"TLS_CERTIFICATE={certificate}\nTLS_KEY={key}")
