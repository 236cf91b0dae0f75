"""Delete every unlinked source whose delay has passed, here and now, and print a line for each receipt."""

from typing import Any

from django.core.management.base import BaseCommand

from compliance import purging


class Command(BaseCommand):
    """What the site does by itself every hour."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Print: the source's public id, rows before, rows after, the receipt's digest."""
        for account_id, source_id in purging.due():
            receipt = purging.purge_source(account_id, source_id)
            if receipt and receipt.after is not None:
                before, after = sum(receipt.before.values()), sum(receipt.after.values())
                self.stdout.write(f"{receipt.subject} {before} {after} {receipt.digest}")
