"""Deeds on users and accounts."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest
from django_q.tasks import async_task

from accounts import audit, letters, sessions
from accounts.access import active_memberships
from accounts.audit import Verb
from accounts.models import Account, Membership, Role, User
from putler.kernel.errors import PutlerError
from putler.kernel.money import CURRENCIES

AT_ONCE = timedelta(minutes=1)  # a form that is sent twice


class AccountError(PutlerError):
    """An account cannot be made as asked."""


@transaction.atomic
def create_account(*, email: str, name: str, currency: str, time_zone: str, password: str | None = None) -> Account:
    """A new account with its owner, who is made where nobody has this address yet.

    Without a password a new owner cannot sign in until `manage.py changepassword` sets one. Raises AccountError.
    """
    if currency not in CURRENCIES:
        raise AccountError(f"“{currency}” is not an ISO 4217 currency code such as EUR.")
    if time_zone not in available_timezones():
        raise AccountError(f"“{time_zone}” is not a time zone such as Europe/Berlin.")
    if not 0 < len(name.strip()) <= 200:
        raise AccountError("An account needs a name of at most 200 characters.")
    owner = User.objects.filter(email=email.strip().lower()).first() or _create_user(email, password)
    _no_staff(owner)
    account = Account.objects.create(name=name.strip(), base_currency=currency, time_zone=time_zone)
    Membership.objects.create(account=account, user=owner, role=Role.OWNER)
    audit.record(Verb.ACCOUNT_STARTED, account_id=account.pk, subject=account)
    return account


@transaction.atomic
def start_trial(*, owner: User, name: str, currency: str, time_zone: str, now: datetime) -> Account:
    """The owner's new account, on trial from now on; asked for twice it is the same one.

    Somebody who is in an account already gets that.
    """
    User.objects.select_for_update().get(pk=owner.pk)  # one at a time
    earlier = active_memberships(owner).first()
    return earlier.account if earlier else _on_trial(owner, name=name, currency=currency, time_zone=time_zone, now=now)


@transaction.atomic
def start_another(*, owner: User, name: str, currency: str, time_zone: str, now: datetime) -> Account:
    """One more account of somebody who has one, on trial from now on; asked for twice at once it is the same one."""
    User.objects.select_for_update().get(pk=owner.pk)
    just_now = Account.objects.filter(name=name, created_at__gt=now - AT_ONCE, memberships__user=owner)
    earlier = just_now.filter(memberships__role=Role.OWNER).first()
    return earlier or _on_trial(owner, name=name, currency=currency, time_zone=time_zone, now=now)


def _no_staff(owner: User) -> None:
    """Raise AccountError for staff: their sign-in is for the work of staff alone."""
    if owner.is_staff:
        raise AccountError("Somebody of the staff owns no account. Use another address.")


def _on_trial(owner: User, *, name: str, currency: str, time_zone: str, now: datetime) -> Account:
    _no_staff(owner)
    account = Account.objects.create(
        name=name,
        base_currency=currency,
        time_zone=time_zone,
        created_at=now,
        trial_ends_at=now + timedelta(days=settings.TRIAL_DAYS),
    )
    Membership.objects.create(account=account, user=owner, role=Role.OWNER)
    audit.record(Verb.ACCOUNT_STARTED, account_id=account.pk, subject=account)
    return account


@transaction.atomic
def change_business(*, account: Account, currency: str, time_zone: str, **plain: Any) -> None:
    """Change what an account is called and how it counts; `plain`: fields that change nothing but how figures look.

    The figures stay in the old currency and zone until all of them are there in the new ones. Chosen again, or back,
    what was being computed for the choice before is given up.
    """
    current = Account.objects.select_for_update().get(pk=account.pk)
    was = current.wanted
    chosen = {"currency": (was[0], currency), "time_zone": (was[1], time_zone)}
    chosen |= {name: (getattr(current, name), value) for name, value in plain.items()}
    current.next_currency = None if currency == current.base_currency else currency
    current.next_time_zone = None if time_zone == current.time_zone else time_zone
    for name, value in plain.items():
        setattr(current, name, value)
    current.save(update_fields=["next_currency", "next_time_zone", *plain])
    if fields := [name for name, (before, now) in chosen.items() if before != now]:
        audit.record(Verb.SETTINGS_CHANGED, account_id=account.pk, subject=account, detail={"fields": fields})
    if current.wanted != was:
        transaction.on_commit(partial(async_task, settings.BUSINESS_FOLLOWER, account.pk, cluster="long"))


def demand_second_factor(account: Account, *, is_demanded: bool) -> None:
    """Let members in only with a second factor, from their next request on; every owner is told."""
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(requires_2fa=is_demanded)
        account.requires_2fa = is_demanded
        for owner in account.memberships.filter(role=Role.OWNER).select_related("user"):
            letters.send(letters.second_factor_demanded(is_demanded=is_demanded), to=owner.user.email)
        fields = {"requires_2fa": is_demanded}
        audit.record(Verb.SETTINGS_CHANGED, account_id=account.pk, subject=account, detail=fields)


def change_password(request: HttpRequest, user: User, password: str) -> None:
    """The new password of somebody who is signed in; every other session ends."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        sessions.end_others(request)
        letters.send(letters.password_changed(), to=user.email)
        audit.record_of_person(user, Verb.PASSWORD_CHANGED)


def _create_user(email: str, password: str | None) -> User:
    try:
        validate_email(email.strip())
        if password is not None:
            validate_password(password, User(email=email))
    except ValidationError as error:
        raise AccountError(" ".join(error.messages)) from error
    return User.objects.create_user(email, password=password)
