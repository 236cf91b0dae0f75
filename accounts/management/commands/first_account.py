"""Local mode: make the first account of an empty database and print how to sign in to it."""

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.services import create_account

EMAIL = "owner@example.com"


class Command(BaseCommand):
    help = "Local mode: make the first account of an empty database and print how to sign in to it."

    def handle(self, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("This is a convenience of local mode; use create_account.")
        if User.objects.exists():
            return
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        create_account(email=EMAIL, name="My business", currency="EUR", time_zone="Europe/Berlin", password=password)
        self.stdout.write(f"Your first account: sign in as {EMAIL} with the password {password}")
        self.stdout.write(f"It is shown this once; `manage.py changepassword {EMAIL}` sets another.")
