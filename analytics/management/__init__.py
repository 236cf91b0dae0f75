"""What the commands share."""

from collections.abc import Iterable

from django.core.management.base import CommandError

from accounts.models import Account


def chosen(public_id: str | None) -> Iterable[Account]:
    """The account with this public id, or all. Raises CommandError where there is none."""
    if public_id is None:
        return Account.objects.order_by("pk")
    account = Account.objects.by_public_id(public_id)
    if account is None:
        raise CommandError(f"There is no account “{public_id}”.", returncode=2)
    return [account]
