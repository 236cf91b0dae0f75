"""What the commands share."""

from collections.abc import Iterable

from django.core.management.base import CommandError

from accounts.models import Account


def account_of(public_id: str) -> Account:
    """The account with this public id. Raises CommandError where there is none."""
    account = Account.objects.by_public_id(public_id)
    if account is None:
        raise CommandError(f"There is no account “{public_id}”.", returncode=2)
    return account


def chosen(public_id: str | None) -> Iterable[Account]:
    """The account with this public id, or all. Raises CommandError where there is none."""
    return Account.objects.order_by("pk") if public_id is None else [account_of(public_id)]
