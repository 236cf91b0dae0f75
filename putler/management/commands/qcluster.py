"""django-q2's worker, on a database that our walls hold."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django_q.management.commands import qcluster


class Command(qcluster.Command):
    """Start a cluster of workers; refuse a database role that row-level security does not bind."""

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Include the check of the run-time role."""
        return super().get_check_kwargs(options) | {"databases": [DEFAULT_DB_ALIAS]}
