"""A member of staff who lost the second factor: one colleague asks for its reset, two others approve."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django_otp import user_has_device

from accounts import audit, letters, second_factor, sessions
from accounts.audit import Verb
from accounts.models import DeviceReset, DeviceResetApproval, User
from putler.kernel.errors import PutlerError

APPROVALS: Final = 2
LIFE: Final = timedelta(hours=24)


class ResetRefused(PutlerError):
    """A second factor of staff cannot be reset by this person, or at this time."""


def ask_for_reset(*, user: User, by: User, reason: str, now: datetime) -> DeviceReset:
    """Note the wish; it waits a day for its approvals. Raises ResetRefused."""
    _check_colleague(user, by)
    if not user.is_staff:
        raise ResetRefused("Only a second factor of staff is reset this way.")
    if not 0 < len(reason.strip()) <= 500:
        raise ResetRefused("Say in at most 500 characters why it is needed.")
    with transaction.atomic():
        reset = DeviceReset.objects.create(
            user=user, asked_by=by, reason=reason.strip(), asked_at=now, expires_at=now + LIFE
        )
        audit.record(Verb.SECOND_FACTOR_RESET_ASKED, account_id=None, subject=user, actor=by)
    return reset


def approve_reset(reset: DeviceReset, *, by: User, now: datetime) -> bool:
    """Approve; with the second approval the devices and sessions are gone: True. Raises ResetRefused.

    Neither who lost the factor nor who asked can approve, and nobody twice.
    """
    with transaction.atomic():
        locked = DeviceReset.objects.select_for_update().select_related("user").get(pk=reset.pk)
        _check_colleague(locked.user, by)
        if by.pk == locked.asked_by_id:
            raise ResetRefused("Who asked for it cannot approve it.")
        if locked.done_at is not None or now >= locked.expires_at:
            raise ResetRefused("This reset is done already, or has waited for too long.")
        _, is_new = DeviceResetApproval.objects.get_or_create(reset=locked, by=by, defaults={"at": now})
        if not is_new:
            raise ResetRefused("You approved it already.")
        if locked.approvals.count() < APPROVALS:
            return False
        locked.done_at = now
        locked.save(update_fields=["done_at"])
        second_factor.forget(locked.user)
        sessions.end_all(locked.user)
        letters.send(letters.second_factor_reset(), to=locked.user.email)
        audit.record(Verb.SECOND_FACTOR_RESET, account_id=None, subject=locked.user, actor=by)
    return True


def _check_colleague(user: User, by: User) -> None:
    """Only another active member of staff, who has a second factor. Raises ResetRefused."""
    if by.pk == user.pk:
        raise ResetRefused("Nobody resets their own second factor.")
    if not (by.is_staff and by.is_active and user_has_device(by)):
        raise ResetRefused("Only staff with a second factor of their own can do this.")
