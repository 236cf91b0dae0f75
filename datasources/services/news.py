"""Telling whoever follows the ledger that it changed. The truth is in `changed_hour`; this is only the bell."""

from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django_q.tasks import async_task


def tell(account_id: int) -> None:
    """Queue the follower's job once the current transaction has committed."""
    transaction.on_commit(partial(async_task, settings.LEDGER_FOLLOWER, account_id, cluster="short"))


def follow_now(account_id: int) -> None:
    """Run the follower's job here and return when it has seen all changes."""
    import_string(settings.LEDGER_FOLLOWER)(account_id)
