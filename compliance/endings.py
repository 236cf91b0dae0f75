"""Accounts that end by themselves: ninety days after a trial, or after two years in which nobody signed in.

The owners are warned thirty days, seven days and a day before, each once and in this order. A warning that comes late
moves the end, so that whoever reads it has as long as it says, however long the job did not run. A trial that is
extended, or a member who signs in, calls it off.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.db.models.functions import Coalesce, Greatest

from accounts import letters
from accounts.models import Account, Role
from compliance import asking
from compliance.models import Ending
from putler.retention import DAY, YEAR

AFTER_TRIAL: Final = 90 * DAY
UNUSED: Final = 2 * YEAR
WARNED: Final = (30, 7, 1)  # days before the end


class Due(NamedTuple):
    """An account, and when it would end."""

    account: Account
    ends_at: datetime


def warn_of_trials(now: datetime) -> None:
    """Tell the owners of accounts whose trial ended, when a warning is due; call off what no longer holds."""
    _warn(Ending.Why.TRIAL, _ended_trials(now + max(WARNED) * DAY), now)


def warn_of_unused(now: datetime) -> None:
    """Tell the owners of accounts that nobody signs in to, when a warning is due; call off what no longer holds."""
    _warn(Ending.Why.UNUSED, _unused(now + max(WARNED) * DAY), now)


def end_trials(now: datetime) -> None:
    """Warn, and have the accounts erased whose owners were warned three times and whose time has come."""
    warn_of_trials(now)
    _end(Ending.Why.TRIAL, now)


def end_unused(now: datetime) -> None:
    """The same of accounts that nobody signs in to."""
    warn_of_unused(now)
    _end(Ending.Why.UNUSED, now)


def _end(why: Ending.Why, now: datetime) -> None:
    ended = _ended(now).filter(why=why)
    for account in Account.objects.filter(public_id__in=ended.values("account")).order_by("pk"):
        asking.of_ended(account, now=now)


def due(*, now: datetime) -> list[Account]:
    """The accounts whose end has come, after three warnings."""
    return list(Account.objects.filter(public_id__in=_ended(now).values("account")).order_by("pk"))


def overdue_trials(now: datetime) -> int:
    """How many accounts should have been closed for this reason."""
    return _ended(now).filter(why=Ending.Why.TRIAL).count()


def overdue_unused(now: datetime) -> int:
    """How many accounts should have been closed for this reason."""
    return _ended(now).filter(why=Ending.Why.UNUSED).count()


def _ended(now: datetime) -> QuerySet[Ending]:
    """Those whose time has come, after the last warning."""
    return Ending.objects.filter(ends_at__lte=now, warned_days=WARNED[-1])


def _ended_trials(until: datetime) -> QuerySet[Account]:
    """The accounts that end until then, with their `end`."""
    return Account.objects.annotate(end=F("trial_ends_at") + AFTER_TRIAL).filter(end__lte=until)


def _unused(until: datetime) -> QuerySet[Account]:
    last = Greatest("created_at", Coalesce(Max("memberships__user__last_login"), "created_at"))
    return Account.objects.annotate(end=last + UNUSED).filter(end__lte=until)


def _warn(why: Ending.Why, accounts: QuerySet[Account], now: datetime) -> None:
    found = [Due(account, account.end) for account in accounts.order_by("pk")]  # type: ignore[attr-defined]
    Ending.objects.filter(why=why).exclude(account__in=[one.account.public_id for one in found]).delete()
    for one in found:
        with transaction.atomic():
            _warn_once(why, one, now)


def _warn_once(why: Ending.Why, one: Due, now: datetime) -> None:
    row, _ = Ending.objects.select_for_update().get_or_create(
        account=one.account.public_id, why=why, defaults={"ends_at": one.ends_at}
    )
    days = next((days for days in WARNED if row.warned_days is None or days < row.warned_days), None)
    if days is None or row.ends_at - now > timedelta(days=days):
        return
    row.warned_days, row.ends_at = days, max(row.ends_at, now + timedelta(days=days))
    row.save(update_fields=["warned_days", "ends_at"])
    owners = one.account.memberships.filter(role=Role.OWNER, user__is_active=True).order_by("pk")
    for address in owners.values_list("user__email", flat=True):
        letters.send(letters.account_ends(one.account, days=days, on=row.ends_at, why=row.words), to=address)
