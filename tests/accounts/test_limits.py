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

TRY = """
import django; django.setup()
from django.test import Client
print([Client(REMOTE_ADDR="10.1.1.1", SERVER_NAME="localhost").post("/sign-up/", {}).status_code for _ in range(20)])
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("P7")
def test_two_processes_share_the_count() -> None:
    cache.clear()
    database = connection.get_connection_params()
    url = "postgresql://{user}:{password}@/{dbname}?host={host}".format_map({"password": "", **database})
    environment = os.environ | {"DATABASE_URL": url}
    ran = subprocess.run([sys.executable, "-c", TRY], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert ran.stdout == f"{[200] * 20}\n", ran.stderr
    assert Client(REMOTE_ADDR="10.1.1.1").post("/sign-up/", {}).status_code == 429
    assert Client(REMOTE_ADDR="10.1.1.2").post("/sign-up/", {}).status_code == 200


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
