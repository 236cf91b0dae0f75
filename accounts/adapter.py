"""What allauth asks us about sign-in."""

from collections.abc import Callable
from typing import Any, Final, cast

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from accounts import audit, letters, lockout, sessions
from accounts.audit import Verb
from accounts.models import User

LETTERS: Final[dict[str, Callable[[dict[str, Any]], letters.Letter]]] = {
    "account/email/password_reset_key": lambda context: letters.reset(
        public_id=context["user"].public_id.hex, token=context["key"]
    ),
    **dict.fromkeys(
        ("account/email/password_reset", "account/email/password_changed", "account/email/password_set"),
        lambda _: letters.password_changed(),
    ),
    "account/email/unknown_account": lambda _: letters.unknown(),
}
# What a letter follows; the address of somebody unknown is noted by the same statement.
RESETS: Final = {
    "account/email/password_reset_key": Verb.PASSWORD_RESET_ASKED,
    "account/email/unknown_account": Verb.PASSWORD_RESET_ASKED,
    "account/email/password_reset": Verb.PASSWORD_RESET,
}


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Not by allauth's own form: accounts.signing_up makes users, once their address is known to be theirs."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where somebody comes who asked for no page: staff have no account, but a site."""
        is_staff = request.user.is_authenticated and request.user.is_staff
        return reverse("admin:index") if is_staff else str(super().get_login_redirect_url(request))

    def get_login_stages(self) -> list[str]:
        """Allauth's own, and at their end the second factor: no way in leads past it."""
        return [*super().get_login_stages(), "accounts.stages.SecondFactorStage"]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse further tries after too many wrong ones; whose address it is learns of that by mail, once an hour."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            key = self._get_login_attempts_cache_key(request, **credentials)
            lockout.tell(request, str(credentials.get("email", "")), key=key)
            raise

    def set_password(self, user: Any, password: str) -> None:
        """The new password of somebody who forgot the one before; it ends every session."""
        super().set_password(user, password)
        sessions.end_all(user)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The user with these credentials; one who was shut out is told what a stranger is told."""
        user = super().authenticate(request, **credentials)
        if isinstance(user, User) and user.is_active:
            return user
        audit.record_of_address(credentials.get("email") or "", Verb.SIGN_IN_FAILED)
        return None

    @transaction.atomic
    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Begin a session, once every stage is passed."""
        super().login(request, user)
        audit.record_of_person(cast(User, user), Verb.SIGNED_IN)

    @transaction.atomic
    def logout(self, request: HttpRequest) -> None:
        """End the session."""
        if isinstance(request.user, User):
            audit.record_of_person(request.user, Verb.SIGNED_OUT)
        super().logout(request)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Nothing: allauth's would name the user by number; the letter makes a link of its own."""
        return ""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of our letters in place of allauth's own; its links come from PUBLIC_URL, not from the request."""
        letters.send(LETTERS[template_prefix](context), to=email)
        if template_prefix in RESETS:
            audit.record_of_address(email, RESETS[template_prefix])
