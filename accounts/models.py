"""Who may do what: people, the accounts they work in, and their part in each."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.devices import AuthenticatorApp, RecoveryCode, RecoveryCodes
from putler.tenancy import PublicTenantModel, TenantModel

__all__ = ["AuthenticatorApp", "RecoveryCode", "RecoveryCodes"]  # Django looks for models here


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
    two_factor_nag_hidden_until = models.DateTimeField(null=True, blank=True)
    sessions_ended = models.PositiveIntegerField(default=0)  # how often; a session holds for one such number

    is_verified: Callable[[], bool]  # of a request's user: whether this session showed a second factor

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case")]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_nag_hidden(self) -> bool:
        """Whether the advice to add a second factor was put aside for a while."""
        return self.two_factor_nag_hidden_until is not None and timezone.now() < self.two_factor_nag_hidden_until

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What every session, and every sign-in under way, holds of its user: with another, it holds no longer."""
        said = f"{self.password}:{self.sessions_ended}"
        return salted_hmac("accounts.models.User.session", said, secret=secret, algorithm="sha256").hexdigest()


class AccountQuerySet(models.QuerySet["Account"]):
    def by_public_id(self, text: str) -> "Account | None":
        """The account with this public id, or None for any other text."""
        try:
            return self.filter(public_id=uuid.UUID(text)).first()
        except ValueError:
            return None

    def paused(self, *, now: datetime) -> "AccountQuerySet":
        """Those whose trial has ended."""
        return self.filter(trial_ends_at__lte=now)

    def changing(self) -> "AccountQuerySet":
        """The accounts whose figures are being computed in another currency or time zone."""
        return self.exclude(next_currency=None, next_time_zone=None)


class WeekStart(models.IntegerChoices):
    MONDAY = 1
    SUNDAY = 7


class NumberFormat(models.TextChoices):
    COMMA_POINT = ",.", "1,234.56"
    POINT_COMMA = ".,", "1.234,56"
    SPACE_COMMA = " ,", "1 234,56"
    APOSTROPHE_POINT = "’.", "1’234.56"


class DateFormat(models.TextChoices):
    DAY_FIRST = "dmy", "3 Nov 2026"
    MONTH_FIRST = "mdy", "Nov 3, 2026"
    ISO = "iso", "2026-11-03"


class Account(models.Model):
    """The tenant: one business, its reporting currency and its time zone.

    `seen_sources`: on the account of a request, the ids of the sources that its member is restricted to; None: all.
    What starts at the account keeps to them by itself (`putler.tenancy`).

    All that is shown is in `base_currency` and cut at the midnights of `time_zone`. Where another one was chosen,
    `next_currency` and `next_time_zone` say which; they take their places once every figure is there in them.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    name = models.CharField(max_length=200)
    base_currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    trial_ends_at = models.DateTimeField(null=True, blank=True)  # none: made by an operator
    trial_told_days = models.PositiveSmallIntegerField(null=True)  # the last mail about its end: so many days before
    purge_delay_days = models.PositiveSmallIntegerField(default=14)  # from unlinking a source to deleting its rows

    seen_sources: frozenset[int] | None = None

    next_currency = models.CharField(max_length=3, null=True, blank=True)
    next_time_zone = models.CharField(max_length=64, null=True, blank=True)
    week_start = models.PositiveSmallIntegerField(choices=WeekStart.choices, default=WeekStart.MONDAY)
    fiscal_month = models.PositiveSmallIntegerField(default=1)  # the first of the fiscal year
    number_format = models.CharField(max_length=2, choices=NumberFormat.choices, default=NumberFormat.COMMA_POINT)
    date_format = models.CharField(max_length=3, choices=DateFormat.choices, default=DateFormat.DAY_FIRST)
    requires_2fa = models.BooleanField(default=False)  # of every member

    objects: ClassVar[AccountQuerySet] = AccountQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(week_start__in=WeekStart.values), name="account_week_start"),
            models.CheckConstraint(condition=models.Q(fiscal_month__range=(1, 12)), name="account_fiscal_month"),
            models.CheckConstraint(
                condition=models.Q(number_format__in=NumberFormat.values), name="account_number_format"
            ),
            models.CheckConstraint(condition=models.Q(date_format__in=DateFormat.values), name="account_date_format"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose midnights cut this account's days."""
        return ZoneInfo(self.time_zone)

    def is_paused(self, *, now: datetime) -> bool:
        """Whether its trial has ended: nothing is read and no figure is shown until it is extended."""
        return self.trial_ends_at is not None and self.trial_ends_at <= now

    @property
    def wanted(self) -> tuple[str, str]:
        """The currency and the time zone that were chosen last."""
        return self.next_currency or self.base_currency, self.next_time_zone or self.time_zone

    @property
    def is_changing(self) -> bool:
        """Whether its figures are being computed in another currency or time zone."""
        return self.wanted != (self.base_currency, self.time_zone)


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    VIEWER = "viewer"


INVITED_AS = [(role.value, role.label) for role in (Role.ADMIN, Role.VIEWER)]  # ownership passes to members only


class Membership(models.Model):
    """A user's part in an account.

    `sources`: the ids of the sources that a viewer is restricted to, none at all where the list is empty; None: no
    restriction. A list and not rows of its own: removing the last source must not lift the restriction.
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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "user"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role"),
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


class TrialExtension(TenantModel):
    """A trial that staff let run on, and why."""

    days = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500)
    extended_by = models.CharField(max_length=100)  # a user's public id, or the command
    extended_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.days} days from {self.extended_at:%Y-%m-%d}"


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


class EmailChange(models.Model):
    """The wish of somebody to sign in with another address, until they show that it is theirs."""

    user = models.OneToOneField(User, models.CASCADE)
    email = models.EmailField(max_length=254)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="new_email_lower_case")]

    def __str__(self) -> str:
        return f"new address of {self.user}"


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
