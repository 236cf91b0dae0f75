"""Who may do what: people, the accounts they work in, and their part in each."""

import uuid
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, *, name: str = "", password: str | None = None, **fields: Any) -> "User":
        """A new user; without a password nobody can sign in as them until one is set."""
        user = self.model(email=email.strip().lower(), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who signs in with an e-mail address."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    terms_version = models.CharField(max_length=10, blank=True)  # what they accepted when they signed up, and when
    privacy_version = models.CharField(max_length=10, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case")]

    def __str__(self) -> str:
        return str(self.public_id)


class AccountQuerySet(models.QuerySet["Account"]):
    def by_public_id(self, text: str) -> "Account | None":
        """The account with this public id, or None for any other text."""
        try:
            return self.filter(public_id=uuid.UUID(text)).first()
        except ValueError:
            return None


class Account(models.Model):
    """The tenant: one business, its reporting currency and its time zone."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    name = models.CharField(max_length=200)
    base_currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    trial_ends_at = models.DateTimeField(null=True, blank=True)  # none: made by an operator

    objects: ClassVar[AccountQuerySet] = AccountQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose midnights cut this account's days."""
        return ZoneInfo(self.time_zone)


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    VIEWER = "viewer"


class Membership(models.Model):
    """A user's part in an account."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=7, choices=Role.choices)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "user"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} of {self.account}"


class SignUp(models.Model):
    """Somebody who asked to sign up and has not shown yet that the address is theirs; no user before that.

    There is one whether or not the address belongs to a user; the code of one that does is told to nobody.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    password = models.CharField(max_length=128)  # its Argon2id hash
    code_digest = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)
    terms_version = models.CharField(max_length=10)
    privacy_version = models.CharField(max_length=10)
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="sign_up_email_lower_case")
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class AuditEvent(models.Model):
    """What somebody did, in the log of an account or, without one, of the staff. `accounts.audit` alone writes it.

    PostgreSQL numbers, dates and chains the events of a log, and lets nobody change or delete one: see migration 0003.
    """

    account = models.ForeignKey(
        Account, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="audit_events"
    )
    public_id = models.UUIDField(db_default=RandomUUID(), editable=False)
    seq = models.BigIntegerField()  # 1, 2, 3 … within the log
    at = models.DateTimeField()
    actor = models.CharField(max_length=41)  # user:<public id>, site, nobody
    verb = models.CharField(max_length=40)  # an accounts.audit.Verb; a log outlives the words of its day
    subject = models.CharField(max_length=100, blank=True)  # <kind>:<public id>
    detail = models.JSONField(default=dict)  # ids and names of fields, never what people typed
    hash = models.CharField(max_length=64)  # of this event and the hash before it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "seq"], nulls_distinct=False, name="audit_event_seq"),
            models.UniqueConstraint(fields=["account", "public_id"], name="audit_event_public_id"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class OutgoingMail(models.Model):
    """A mail that waits to be sent: sealed, and gone once a server took it."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    sealed = models.TextField()
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.public_id)
