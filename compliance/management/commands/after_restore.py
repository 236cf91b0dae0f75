"""Erase once more, in a database that was restored from a backup, what was erased since; then the site may start.

Run it after every restore, before web and workers: they refuse to start until it has ended.
"""

from typing import Any

from django.core.management.base import BaseCommand

from compliance import replaying


class Command(BaseCommand):
    """Replay the erasure journal."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each entry: its kind and the public id or digest of what is gone again."""
        done = 0
        for entry in replaying.replay():
            self.stdout.write(f"{entry.kind} {entry.subject}")
            done += 1
        self.stdout.write(f"{done} erased once more." if done else "Nothing has to be erased again.")
