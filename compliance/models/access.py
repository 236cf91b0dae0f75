"""Putler's staff in an account of a customer: who let them in, for how long, and everything that they looked at."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now

from accounts.models import Account, Scope, User
from putler.tenancy import PublicTenantModel

LONGEST: Final = timedelta(days=7)  # of a permission that an owner gives
WAITS: Final = timedelta(days=14)  # how long a request can be answered
LONGEST_UNASKED: Final = timedelta(hours=24)  # of access on suspicion
SUSPICION: Final = "suspected breach of terms"
GIVEN: Final = [(scope.value, scope.label) for scope in (Scope.FIGURES, Scope.RECORDS, Scope.CONNECTIONS)]


def _of_user(**more: Any) -> Any:
    """A reference to a person: it outlives them, so that a log still says that there was one."""
    return models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", **more)


class StaffAccessGrant(PublicTenantModel):
    """That somebody of the staff may look at an account, asked for by them or opened by its owner; for a week at most.

    While nobody has answered it begins nowhere; one that is revoked without a beginning was declined.
    """

    staff = _of_user()
    scope = models.CharField(max_length=11, choices=GIVEN)
    reason = models.CharField(max_length=500)
    ticket = models.CharField(max_length=100)
    asked_at = models.DateTimeField()
    granted_by = _of_user(null=True)
    starts_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="staff_access_grant_public_id"),
            models.CheckConstraint(
                condition=models.Q(scope__in=[scope for scope, _ in GIVEN]), name="staff_access_grant_scope"
            ),
            models.CheckConstraint(
                condition=models.Q(granted_by=None, starts_at=None, expires_at=None)
                | models.Q(
                    granted_by__isnull=False,
                    starts_at__isnull=False,
                    expires_at__isnull=False,
                    expires_at__gt=models.F("starts_at"),
                    expires_at__lte=models.F("starts_at") + LONGEST,
                ),
                name="staff_access_grant_week",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    def is_waiting(self, *, now: datetime) -> bool:
        """Whether an owner can still answer."""
        return self.starts_at is None and self.revoked_at is None and now < self.asked_at + WAITS

    def is_open(self, *, now: datetime) -> bool:
        """Whether it lets somebody in."""
        return self.revoked_at is None and self.expires_at is not None and now < self.expires_at


class BreakGlass(PublicTenantModel):
    """That staff look at an account without its owner's word, on suspicion of a breach of terms; for a day at most.

    One asks, another approves; the owner is told at that moment. `evidence` is for the staff's eyes.
    """

    reason = models.CharField(max_length=25, default=SUSPICION)
    evidence = models.CharField(max_length=1000)
    requested_by = _of_user()
    requested_at = models.DateTimeField()
    approved_by = _of_user(null=True)
    starts_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="break_glass_public_id"),
            models.CheckConstraint(condition=models.Q(reason=SUSPICION), name="break_glass_reason"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("requested_by")),
                name="break_glass_by_two",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None, starts_at=None, expires_at=None)
                | models.Q(
                    approved_by__isnull=False,
                    starts_at__isnull=False,
                    expires_at__isnull=False,
                    expires_at__gt=models.F("starts_at"),
                    expires_at__lte=models.F("starts_at") + LONGEST_UNASKED,
                ),
                name="break_glass_day",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    def is_waiting(self, *, now: datetime) -> bool:
        """Whether a colleague can still approve it."""
        return self.starts_at is None and self.ended_at is None and now < self.requested_at + LONGEST_UNASKED

    def is_open(self, *, now: datetime) -> bool:
        """Whether it lets somebody in."""
        return self.ended_at is None and self.expires_at is not None and now < self.expires_at


class GrantAccess(models.Model):
    """One request of somebody of the staff in an account. `compliance.access_log` alone writes it.

    PostgreSQL dates it, and lets nobody change or delete it before two years have passed: see migration 0003.
    """

    account = models.ForeignKey(
        Account, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="grant_accesses"
    )
    public_id = models.UUIDField(db_default=RandomUUID(), editable=False)
    at = models.DateTimeField(db_default=Now())
    grant = models.UUIDField()  # the public id of a StaffAccessGrant or of a BreakGlass
    staff = _of_user()
    method = models.CharField(max_length=10)
    route = models.CharField(max_length=100)
    objects_seen = ArrayField(models.UUIDField(), default=list)  # public ids that the address names
    metrics = ArrayField(models.CharField(max_length=64), default=list)
    rows = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="grant_access_public_id"),
        ]
        indexes = [models.Index(fields=["account", "-at", "-id"], name="grant_access_newest")]

    def __str__(self) -> str:
        return str(self.public_id)
