"""Trials: what is said before one ends, and staff who let it run on.

An account whose trial has ended is paused (`Account.is_paused`): nothing is imported and no figure is shown. All else
works, and once the trial is extended everything goes on where it stopped.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts import audit, letters
from accounts.audit import Verb
from accounts.models import Account, Role, TrialExtension
from putler.kernel.errors import PutlerError
from putler.tenancy import tenant

TOLD: Final = (0, 1, 7)  # days before the end on which the owners are told; 0: that it has ended
LONGEST: Final = 366  # days of one extension


class TrialError(PutlerError):
    """A trial cannot be extended as asked."""


def extend_trial(account: Account, *, days: int, reason: str, by: str, now: datetime) -> datetime:
    """Let the trial run so many days longer, from its end or, where that has passed, from now; answers the new end.

    `by`: the public id of a user, or a word for a command. Raises TrialError.
    """
    if not 0 < days <= LONGEST:
        raise TrialError(f"A trial is extended by 1 to {LONGEST} days.")
    if not 0 < len(reason.strip()) <= 500:
        raise TrialError("Say why, in at most 500 characters.")
    with tenant(account.pk):
        own = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        if own.trial_ends_at is None:
            raise TrialError("This account is not on trial.")
        ends_at = max(own.trial_ends_at, now) + timedelta(days=days)
        Account.objects.filter(pk=own.pk).update(trial_ends_at=ends_at, trial_told_days=None)
        TrialExtension.objects.create(
            account=own, days=days, reason=reason.strip(), extended_by=by, extended_at=now, ends_at=ends_at
        )
        _tell(own, letters.trial_extended(own, on=ends_at))
        audit.record(Verb.TRIAL_EXTENDED, account_id=own.pk, subject=own, detail={"days": days})
    return ends_at


def tell_of_ends(*, now: datetime) -> None:
    """Tell the owners seven days and one day before a trial ends, and when it has; each once, whoever else runs."""
    soon = Account.objects.filter(trial_ends_at__lte=now + timedelta(days=max(TOLD))).exclude(trial_told_days=0)
    for account_id in soon.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            account = soon.select_for_update(no_key=True).filter(pk=account_id).first()
            if account and account.trial_ends_at:
                _tell_once(account, account.trial_ends_at, now=now)


def _tell_once(account: Account, ends_at: datetime, *, now: datetime) -> None:
    due = next(days for days in TOLD if ends_at - now <= timedelta(days=days))
    if account.trial_told_days is not None and account.trial_told_days <= due:
        return
    account.trial_told_days = due
    account.save(update_fields=["trial_told_days"])
    left = -((now - ends_at) // timedelta(days=1))
    _tell(account, letters.trial_ends(account, days=left, on=ends_at) if due else letters.trial_ended(account))


def _tell(account: Account, letter: letters.Letter) -> None:
    owners = account.memberships.filter(role=Role.OWNER, user__is_active=True).order_by("pk")
    for address in owners.values_list("user__email", flat=True):
        letters.send(letter, to=address)
