"""Who is in an account, and who is asked to join."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models.people import User
from accounts.models.tenants import Account
from putler.tenancy import PublicTenantModel


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    VIEWER = "viewer"
    SUPPORT = (
        "support"  # somebody of Putler's staff, for a while: comes and goes with a permission, never by invitation
    )


class Scope(models.TextChoices):
    """What somebody of the staff may look at; a view that names none shows them nothing."""

    FIGURES = "figures", "Figures"
    RECORDS = "records", "Customers and orders"
    CONNECTIONS = "connections", "Sources and how they are read"
    EVERYTHING = "everything", "Everything"  # on suspicion of a breach of terms alone; no owner gives it


INVITED_AS = [(role.value, role.label) for role in (Role.ADMIN, Role.VIEWER)]  # ownership passes to members only


class Membership(models.Model):
    """A user's part in an account.

    `sources`: the ids of the sources that a viewer is restricted to, none at all where the list is empty; None: no
    restriction. A list and not rows of its own: removing the last source must not lift the restriction.

    `grant`, `scope`: of the staff's memberships, the public id of the permission that they come from, and what it lets
    them look at. Such a membership goes when the permission does; `compliance.staff_access` makes and ends them.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    account = models.ForeignKey(Account, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=7, choices=Role.choices)
    sources = ArrayField(models.BigIntegerField(), null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(default=timezone.now)
    wants_source_mail = models.BooleanField(default=True)
    wants_team_mail = models.BooleanField(default=True)
    grant = models.UUIDField(null=True, blank=True)
    scope = models.CharField(max_length=11, choices=Scope.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "user"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role"),
            models.CheckConstraint(
                condition=models.Q(
                    role="support", scope__in=Scope.values, grant__isnull=False, expires_at__isnull=False
                )
                | ~models.Q(role="support") & models.Q(scope="", grant=None),
                name="membership_support_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} of {self.account}"

    @property
    def is_restricted(self) -> bool:
        """Whether it sees some sources only."""
        return self.sources is not None


class Invitation(PublicTenantModel):
    """Somebody who was asked by mail to join an account; the mail holds a token, this row its digest."""

    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=7, choices=INVITED_AS)
    sources = ArrayField(models.BigIntegerField(), null=True)  # as in a membership
    digest = models.CharField(max_length=64)
    invited_by = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="invitation_public_id"),
            models.UniqueConstraint(fields=["account", "digest"], name="invitation_digest"),
            models.UniqueConstraint(
                fields=["account", "email"], condition=models.Q(used_at=None), name="invitation_once_open"
            ),
            models.CheckConstraint(condition=models.Q(role__in=["admin", "viewer"]), name="invitation_role"),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="invitation_email_lower_case"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
