"""What allauth asks us about sign-in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by `manage.py create_account`; nobody signs up by form yet."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The user with these credentials; one who was shut out is told what a stranger is told."""
        user = super().authenticate(request, **credentials)
        return user if isinstance(user, User) and user.is_active else None
