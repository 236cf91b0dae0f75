"""Somebody who showed a second factor."""

from typing import Any

import pytest
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.models import Device

from accounts.models import User


class Factors:
    """Signs people in as if they had shown a second factor; the devices are not in the database."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.devices: dict[str, Any] = {}
        monkeypatch.setattr(Device, "from_persistent_id", self.devices.get)

    def show(self, client: Client, user: User) -> None:
        """Be signed in as this person from now on."""
        client.force_login(user)
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = str(user)
        session.save()
        self.devices[str(user)] = type(
            "Device", (), {"user_id": user.pk, "confirmed": True, "persistent_id": str(user)}
        )()


@pytest.fixture
def factors(monkeypatch: pytest.MonkeyPatch) -> Factors:
    return Factors(monkeypatch)
