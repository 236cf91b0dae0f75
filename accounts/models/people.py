"""People who sign in, and how they become it."""

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac


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
