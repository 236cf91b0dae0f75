"""Deeds on users and accounts."""

from datetime import datetime, timedelta
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from accounts import audit
from accounts.access import active_memberships
from accounts.audit import Verb
from accounts.models import Account, Membership, Role, User
from putler.kernel.errors import PutlerError
from putler.kernel.money import CURRENCIES


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
    if earlier:
        return earlier.account
    account = Account.objects.create(
        name=name,
        base_currency=currency,
        time_zone=time_zone,
        trial_ends_at=now + timedelta(days=settings.TRIAL_DAYS),
    )
    Membership.objects.create(account=account, user=owner, role=Role.OWNER)
    audit.record(Verb.ACCOUNT_STARTED, account_id=account.pk, subject=account)
    return account


def _create_user(email: str, password: str | None) -> User:
    try:
        validate_email(email.strip())
        if password is not None:
            validate_password(password, User(email=email))
    except ValidationError as error:
        raise AccountError(" ".join(error.messages)) from error
    return User.objects.create_user(email, password=password)
