"""Second factors: what a person has besides the password, and shows by a code.

Each kind is a `Device` of django-otp, which finds them all by that: a further kind is a further class, and nothing that
asks for a factor has to know. Secrets are sealed for their owner and row, recovery codes are kept as digests.
"""

import hashlib
import secrets
import uuid
from base64 import b32decode, b32encode
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import hotp

from putler import sealing
from putler.sealing import SealedField

STEP: Final = 30  # seconds that a code is shown for
TOLERANCE: Final = 1  # steps that a clock may be off
LONGEST_DELAY: Final = timedelta(minutes=15)
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 15  # 120 bits, 24 signs


class Throttled(ThrottlingMixin):
    """Waits after wrong codes, twice as long after each, but never so long that a stranger could shut the owner out."""

    class Meta:
        abstract = True

    def get_throttle_factor(self) -> int:
        return 1

    def verify_is_allowed(self) -> tuple[bool, dict[str, Any] | None]:
        is_allowed, reason = super().verify_is_allowed()  # type: ignore[no-untyped-call]
        failed_at = self.throttling_failure_timestamp
        if is_allowed or failed_at is None or timezone.now() >= failed_at + LONGEST_DELAY:
            return True, None
        return False, reason

    def waits_until(self) -> datetime | None:
        """When a code is looked at again; None where that is now."""
        failed_at = self.throttling_failure_timestamp
        is_allowed, reason = self.verify_is_allowed()
        if is_allowed or reason is None or failed_at is None:
            return None
        locked_until: datetime = reason["locked_until"]
        return min(locked_until, failed_at + LONGEST_DELAY)


class AuthenticatorApp(TimestampMixin, Throttled, Device):
    """An app that shows six digits, new ones every 30 seconds (RFC 6238); it counts once a code of it was typed."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    sealed = SealedField(purpose="authenticator_app", owner="user_id")
    last_step = models.BigIntegerField(default=-1)  # of the newest code that was accepted: none before is, nor this

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "confirmed"], name="authenticator_app_once"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    def keep(self, secret: bytes) -> None:
        """Take this secret, sealed for this row of this user alone."""
        self.sealed = sealing.sealed(self, "sealed", b32encode(secret).decode())

    @property
    def key(self) -> str:
        """The secret as people type it: base32."""
        return sealing.opened(self, "sealed")

    def step_of(self, code: str, *, now: datetime) -> int | None:
        """The step whose code this is, if it may be shown now and no later one was; None for any other text."""
        secret, current = b32decode(self.key), int(now.timestamp()) // STEP
        for step in range(max(current - TOLERANCE, self.last_step + 1), current + TOLERANCE + 1):
            if constant_time_compare(f"{hotp(secret, step):06}", code):
                return step
        return None

    def verify_token(self, token: str) -> bool:
        """Whether this is a code of the app that was not used; the row is locked by who asks."""
        if not self.verify_is_allowed()[0]:
            return False
        step = self.step_of(token, now=timezone.now())
        if step is None:
            self.throttle_increment()  # type: ignore[no-untyped-call]
            return False
        self.last_step = step
        _accept(self)
        return True


class RecoveryCodes(TimestampMixin, Throttled, Device):
    """The sheet of codes that let their owner in without the app, each of them once."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user"], name="recovery_codes_once")]

    def __str__(self) -> str:
        return f"recovery codes {self.pk}"

    def left(self) -> int:
        """How many were not used yet."""
        return self.codes.filter(used_at=None).count()

    def verify_token(self, token: str) -> bool:
        """Whether this is one of the codes that was not used; from now on it is."""
        if not self.verify_is_allowed()[0]:
            return False
        unused = self.codes.filter(digest=digest(token), used_at=None)
        if not unused.update(used_at=timezone.now()):
            self.throttle_increment()  # type: ignore[no-untyped-call]
            return False
        _accept(self)
        return True


class RecoveryCode(models.Model):
    """One of them, as its digest: with 120 random bits it needs no salt."""

    sheet = models.ForeignKey(RecoveryCodes, models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"recovery code {self.pk}"


def new_secret() -> bytes:
    """160 random bits for an app."""
    return secrets.token_bytes(20)


def new_recovery_code() -> str:
    """24 signs in groups of six."""
    text = b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
    return "-".join(text[start : start + 6] for start in range(0, len(text), 6))


def digest(code: str) -> str:
    """What is kept of a recovery code, however it was typed."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def _accept(device: Any) -> None:
    device.throttle_reset(commit=False)
    device.set_last_used_timestamp(commit=False)
    device.save()
