"""The site refuses database roles that row-level security would not bind."""

from collections.abc import Callable

import psycopg
import pytest
from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker, Settings

from putler import checks, postgres
from putler.environment import env_database

Faults = Callable[[str], list[str | None]]


@pytest.fixture(scope="module")
def urls(superuser_url: str) -> dict[str, str]:
    urls = postgres.bootstrap(superuser_url)
    with psycopg.connect(urls["DATABASE_OWNER_URL"]) as owner:
        owner.execute("CREATE TABLE something ()")
    return {"superuser": superuser_url.replace("/postgres?", "/putler?"), **urls}


@pytest.fixture
def faults(urls: dict[str, str], monkeypatch: pytest.MonkeyPatch, django_db_blocker: DjangoDbBlocker) -> Faults:
    def of(role: str) -> list[str | None]:
        monkeypatch.setenv("DATABASE_URL", urls[role])
        connections = ConnectionHandler({"default": env_database("DATABASE_URL")})
        monkeypatch.setattr(checks, "connections", connections)
        with django_db_blocker.unblock():
            found = checks.runtime_role(None, databases=["default"])
            connections.close_all()
        return [fault.id for fault in found]

    return of


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("DATABASE_URL", []),
        ("DATABASE_BACKUP_URL", ["putler.E002"]),
        ("DATABASE_OWNER_URL", ["putler.E002", "putler.E003"]),
        ("superuser", ["putler.E001", "putler.E002", "putler.E003"]),
    ],
)
def test_role_is_refused_for(faults: Faults, role: str, expected: list[str]) -> None:
    assert faults(role) == expected


@pytest.mark.rule("R8")
def test_the_embedded_server_is_refused_in_production(faults: Faults, settings: Settings) -> None:
    settings.PRODUCTION = True

    assert faults("DATABASE_URL") == ["putler.E004"]


@pytest.mark.rule("R5")
def test_a_refusal_says_how_to_do_better(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "run_checks", lambda **_: [Error("The role is a superuser.", checks.HINT)] * 2)

    with pytest.raises(ImproperlyConfigured, match=r"The role is a superuser\. .*bootstrap_database"):
        checks.refuse_unsafe_start()
