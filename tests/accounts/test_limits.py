"""Tries are counted for all processes together, and by the client's own address."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django import Settings

from tests.accounts.conftest import NORA, ROOT, Newcomer
from tests.accounts.factor import Person

TRY = """
import django; django.setup()
from django.test import Client
print([Client(REMOTE_ADDR="10.1.1.1", SERVER_NAME="localhost").post("/sign-up/", {}).status_code for _ in range(20)])
"""
# Ten tries for Alice, of recovery codes: the app itself need not wait.
CODES = """
import django; django.setup()
from django.http import HttpRequest
from accounts import second_factor
from accounts.models import User
request = HttpRequest()
request.META["REMOTE_ADDR"] = "10.1.1.3"
print([second_factor.check(request, User.objects.get(), "A" * 24) for _ in range(10)])
"""


def in_another_process(code: str) -> str:
    """Run it on the database of this test; answers what it printed."""
    database = connection.get_connection_params()
    url = "postgresql://{user}:{password}@/{dbname}?host={host}".format_map({"password": "", **database})
    environment = os.environ | {"DATABASE_URL": url}
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    return ran.stdout + ran.stderr


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("P7")
def test_two_processes_share_the_count() -> None:
    cache.clear()

    assert in_another_process(TRY) == f"{[200] * 20}\n"
    assert Client(REMOTE_ADDR="10.1.1.1").post("/sign-up/", {}).status_code == 429
    assert Client(REMOTE_ADDR="10.1.1.2").post("/sign-up/", {}).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick_passwords")
@pytest.mark.rule("F4")
def test_two_processes_share_the_count_of_codes() -> None:
    cache.clear()
    alice = Person("alice")
    alice.has_app()
    alice.signs_in()

    assert in_another_process(CODES) == f"{[None] * 10}\n"
    assert alice.types(alice.phone.shows())[0] == 429
    assert not alice.is_in()


@pytest.mark.rule("P7")
def test_an_address_that_the_client_claims_resets_nothing(newcomer: Newcomer) -> None:
    form = NORA | {"name": ""}
    statuses = [
        newcomer.client.post("/sign-up/", form, headers={"x-forwarded-for": f"10.0.0.{number}"}).status_code
        for number in range(21)
    ]

    assert statuses[-1] == 429


@pytest.mark.rule("P7")
def test_every_way_in_has_its_limit(settings: Settings) -> None:
    limits = django_settings.ACCOUNT_RATE_LIMITS

    assert limits["login"] == "30/m/ip"
    assert limits["login_failed"] == "10/m/ip,10/5m/key"
    assert limits["signup"] == "20/m/ip"
    assert limits["reset_password"] == "20/m/ip,5/m/key"
    assert (limits["reauthenticate"], limits["change_password"]) == ("10/m/user", "5/m/user")
