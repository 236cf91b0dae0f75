"""The second factor: adding one, checking its codes, taking it away."""

from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from allauth.core.internal import ratelimit
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django_otp import DEVICE_ID_SESSION_KEY, devices_for_user, verify_token
from django_otp.models import Device

from accounts import audit, letters, sessions
from accounts.access import active_memberships
from accounts.audit import Verb
from accounts.devices import (
    RECOVERY_CODES,
    AuthenticatorApp,
    RecoveryCode,
    RecoveryCodes,
    digest,
    new_recovery_code,
    new_secret,
)
from accounts.models import User
from accounts.sudo import POSSESSION, note_proof
from putler.kernel.errors import PutlerError

DIGITS: Final = 6
KEPT: Final = timedelta(days=1)  # of an enrolment that was left halfway


class TooManyTries(PutlerError):
    """Codes of this user were tried too often lately, whoever tried."""


def device_for(user: AbstractBaseUser, code: str) -> Any:
    """The one device that a code of this shape could be of; None where the user has none such."""
    kind = AuthenticatorApp if len(code) == DIGITS and code.isdecimal() else RecoveryCodes
    return kind.objects.filter(user=user, confirmed=True).first()


def check(request: HttpRequest, user: User, code: str) -> Device | None:
    """The device whose code this is; None for any other text, or while the device waits after wrong ones.

    The tries of one user are counted together, for all devices, pages, processes and clients. Raises TooManyTries. Must
    not run inside a transaction that might be undone: the count of failures would be as well.
    """
    return _verify(request, user, device_for(user, code), code)


def why_not(user: User, code: str, *, now: datetime) -> str:
    """What to say to somebody whose code was not taken."""
    return why_wait(device_for(user, code), now=now)


def why_wait(device: Any, *, now: datetime) -> str:
    """The same where it is known which device was asked; None: of a kind that the user does not have."""
    until = device.waits_until() if device else None
    if until is None:
        return "This code was not taken. Each is good once; the app shows another every 30 seconds."
    seconds = max(1, ceil((until - now).total_seconds()))
    wait = f"{ceil(seconds / 60)} minutes" if seconds > 90 else f"{seconds} second{'s' if seconds > 1 else ''}"
    return f"This code was not taken. Wait {wait} before the next."


def begin(user: User) -> AuthenticatorApp:
    """An app with a new secret, which counts once a code of it was typed. One that was begun before is forgotten."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        AuthenticatorApp.objects.filter(user=user, confirmed=False).delete()
        app = AuthenticatorApp(user=user, name="Authenticator app", confirmed=False)
        app.keep(new_secret())
        app.save()
        return app


def finish(request: HttpRequest, user: User, app: AuthenticatorApp, code: str) -> list[str] | None:
    """With a right code the app counts, in place of the one before: new recovery codes. None for a wrong one.

    All other sessions end, this one is verified. Raises TooManyTries.
    """
    if _verify(request, user, app, code) is None:
        return None
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        waiting = AuthenticatorApp.objects.filter(pk=app.pk, confirmed=False)
        if not waiting.exists():
            return None
        AuthenticatorApp.objects.filter(user=user, confirmed=True).delete()
        waiting.update(confirmed=True)
        codes = _new_codes(user)
        sessions.end_others(request)
        letters.send(letters.second_factor_on(), to=user.email)
        audit.record_of_person(user, Verb.SECOND_FACTOR_ADDED)
    mark_verified(request, user, app)
    return codes


def new_codes(user: User) -> list[str]:
    """A new sheet of recovery codes; those before are worth nothing from now on."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        codes = _new_codes(user)
        letters.send(letters.new_recovery_codes(), to=user.email)
        audit.record_of_person(user, Verb.RECOVERY_CODES_MADE)
    return codes


def remove(request: HttpRequest, user: User) -> None:
    """Take every second factor away; all other sessions end."""
    with transaction.atomic():
        forget(user)
        sessions.end_others(request)
        letters.send(letters.second_factor_off(), to=user.email)
        audit.record_of_person(user, Verb.SECOND_FACTOR_REMOVED)
    request.session.pop(DEVICE_ID_SESSION_KEY, None)


def forget(user: User) -> None:
    """Delete every device of the user, begun ones as well."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        for device in devices_for_user(user, confirmed=None):
            device.delete()


def mark_verified(request: HttpRequest, user: User, device: Device) -> None:
    """Let this session be one that showed a code of the device."""
    note_proof(request, user, POSSESSION)
    request.session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    user.otp_device = device  # type: ignore[attr-defined]


def is_demanded(user: User) -> bool:
    """Whether the user may not be without: as staff, or as a member of an account that demands it."""
    return user.is_staff or active_memberships(user).filter(account__requires_2fa=True).exists()


def _verify(request: HttpRequest, user: User, device: Any, code: str) -> Device | None:
    tried = ratelimit.consume(request, app="allauth.account", action="second_factor", user=user)
    if not tried:
        _tell_owner(request, user)
        raise TooManyTries("Too many codes were tried.")
    if device is None:
        return None
    with transaction.atomic():
        verified: Device | None = verify_token(user, device.persistent_id, code)
        if isinstance(verified, RecoveryCodes):
            letters.send(letters.recovery_code_used(left=verified.left()), to=user.email)
            audit.record_of_person(user, Verb.RECOVERY_CODE_USED)
    if verified:
        tried.rollback()
    else:
        audit.record_of_person(user, Verb.SECOND_FACTOR_FAILED)
    return verified


def _tell_owner(request: HttpRequest, user: User) -> None:
    if ratelimit.consume(request, app="allauth.account", action="second_factor_letter", user=user):
        letters.send(letters.codes_were_tried(), to=user.email)


def _new_codes(user: User) -> list[str]:
    RecoveryCodes.objects.filter(user=user).delete()
    sheet = RecoveryCodes.objects.create(user=user, name="Recovery codes")
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(sheet=sheet, digest=digest(code)) for code in codes)
    return codes
