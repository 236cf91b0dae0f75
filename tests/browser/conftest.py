"""Who sits before the browser, what their account holds, and the workers behind it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils.module_loading import import_string
from django_q.models import OrmQ
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account, Membership, Role, User
from accounts.services import create_account
from tests import make

PASSWORD = "correct horse battery"
EMAIL = "alice@example.com"


@pytest.fixture(autouse=True)
def uploads(settings: Settings, tmp_path: Path) -> None:
    """Keep uploaded files out of the working copy."""
    settings.UPLOADS = tmp_path


@pytest.fixture
def account() -> Account:
    """Alice's account, which holds nothing."""
    return create_account(
        email=EMAIL, name="Alice’s Workshop", currency="EUR", time_zone="Europe/Berlin", password=PASSWORD
    )


@pytest.fixture
def sign_in(page: Page, live_server: LiveServer, client: Client) -> Callable[[User], None]:
    """Put somebody before the browser, as if they had signed in."""

    def signed_in(user: User) -> None:
        client.force_login(user)
        name = django_settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    return signed_in


@pytest.fixture
def alice(account: Account) -> User:
    """The owner."""
    return Membership.objects.get(account=account, role=Role.OWNER).user


@pytest.fixture
def viewer(account: Account) -> User:
    """Somebody who may look."""
    bob = make.user("bob")
    make.member(account, bob, Role.VIEWER)
    return bob


@pytest.fixture
def work() -> Callable[[], None]:
    """Do what is queued, and what that queues, as the workers would."""

    def worked() -> None:
        while job := OrmQ.objects.order_by("pk").first():
            job.delete()
            task = job.task["func"]
            (import_string(task) if isinstance(task, str) else task)(*job.task["args"], **job.task["kwargs"])

    return worked
