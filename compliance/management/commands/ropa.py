"""Print the record of processing activities: what docs/privacy/ropa.md holds."""

from typing import Any

from django.core.management.base import BaseCommand

from compliance import record


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: Any) -> None:
        self.stdout.write(record.text(), ending="")
