"""Where people are signed in, and what staff do about a lost second factor."""

import uuid

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.crypto import salted_hmac

from accounts.models.people import User


class Session(AbstractBaseSession):
    """A browser that is signed in, or on its way: named by the digest of its cookie."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    ip = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=100)
    first_seen = models.DateTimeField()  # since when somebody is signed in
    last_seen = models.DateTimeField()

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from accounts.sessions import SessionStore

        return SessionStore

    @property
    def public_id(self) -> uuid.UUID:
        """What a page calls it: the digest itself stays inside."""
        return uuid.UUID(salted_hmac("accounts.models.Session", self.session_key, algorithm="sha256").hexdigest()[:32])


class DeviceReset(models.Model):
    """The wish to take a lost second factor from a member of staff; it takes one who asks and two who approve."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="device_resets")
    asked_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(user=models.F("asked_by")), name="device_reset_by_another")
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class DeviceResetApproval(models.Model):
    """One of the two."""

    reset = models.ForeignKey(DeviceReset, models.CASCADE, related_name="approvals")
    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reset", "by"], name="device_reset_approved_once")]

    def __str__(self) -> str:
        return f"approval of {self.reset}"
