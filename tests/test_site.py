"""The site as a browser, a forger or somebody who looks for a fault meets it."""

import json
import os
import re
import secrets
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils.module_loading import import_string
from pytest_django import Settings

from accounts.models import OutgoingMail
from putler import checks
from tests import make
from tests.accounts.conftest import mails
from tests.canaries import Canaries
from tests.putler.test_settings import PRODUCTION
from tests.test_permissions import TABLE, Ask, addresses
from tests.test_permissions import ask as ask
from tests.test_permissions import world as world

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent
ON_ALL = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
KINDS: dict[str, tuple[str, int]] = {
    "a page": ("/login/", 200),
    "a way on": ("/", 302),
    "no page": ("/no-such-page/", 404),
    "a failure": ("/fails/1/", 500),
    "a style": ("/static/putler.css", 200),
    "no style": ("/static/no.css", 404),
    "a text": ("/.well-known/security.txt", 200),
    "a sign of life": ("/healthz", 200),
    "the staff's": ("/staff/", 302),
}
# Rows that may be written by who only looks.
BY_LOOKING = {"django_session", "accounts_session", "putler_cache"}
WRITTEN = """
    SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables WHERE schemaname = 'public'
"""


@pytest.fixture
def failing(settings: Settings) -> Client:
    settings.ROOT_URLCONF = "tests.failing_urls"
    return Client(raise_request_exception=False)


def directives(policy: str) -> set[str]:
    return set(policy.split("; "))


@pytest.mark.rule("X1")
@pytest.mark.rule("X2")
@pytest.mark.rule("X3")
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_has_the_headers(failing: Client, kind: str) -> None:
    path, status = KINDS[kind]

    answer = failing.get(path)

    assert answer.status_code == status
    assert ON_ALL.items() <= dict(answer.headers).items()
    assert directives(answer["Content-Security-Policy"]) == directives(CSP)
    assert set(re.findall(r"=(\S+?)(?:,|$)", answer["Permissions-Policy"])) == {"()"}
    assert answer["Cache-Control"]


@pytest.mark.rule("X1")
@pytest.mark.parametrize("path", [path for path, _ in KINDS.values() if path != "/healthz"])
def test_production_leads_to_https_and_asks_to_stay_there(failing: Client, settings: Settings, path: str) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 63_072_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True

    answers = [failing.get(path), failing.get(path, secure=True)]

    if "static" not in path:
        assert answers[0]["Location"] == f"https://testserver{path}"
    assert answers[1]["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


@pytest.mark.rule("X4")
@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver:80@evil.example", "", "[::1"])
def test_a_forged_host_is_refused_on_every_page(failing: Client, settings: Settings, host: str) -> None:
    answers = [failing.get(path, headers={"host": host}) for path in ("/", "/login/", "/no-such-page/", "/staff/")]
    settings.SECURE_SSL_REDIRECT = True
    answers.append(failing.get("/login/", headers={"host": host}))

    assert {answer.status_code for answer in answers} == {400}
    assert all("evil" not in answer.content.decode() + str(answer.headers) for answer in answers)
    assert all(ON_ALL.items() <= dict(answer.headers).items() for answer in answers)
    assert all(answer.headers.get("Content-Security-Policy") for answer in answers)


@pytest.mark.rule("X4")
def test_a_forwarded_host_changes_no_link(client: Client) -> None:
    forged = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    make.user("alice")

    answer = client.post("/password/reset/", {"email": "alice@example.com"}, headers=forged)
    page = client.get("/", headers=forged)

    assert "evil" not in str(answer.headers) + str(page.headers) + str(mails()[-1].message())
    assert OutgoingMail.objects.count() == 1


@pytest.mark.rule("X4")
@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "///evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "/%09/evil.example",
        "\t//evil.example",
        "https:/evil.example",
        "//evil.example\\@testserver",
    ],
)
def test_next_leads_to_our_own_pages(client: Client, target: str) -> None:
    user = make.user("alice")
    user.set_password("seven purple kettles")
    user.save()

    answer = client.post("/login/", {"login": user.email, "password": "seven purple kettles", "next": target})

    assert answer.status_code == 302
    assert answer["Location"].startswith("/")
    assert not answer["Location"].startswith(("//", "/\\", "/\t"))


@pytest.mark.rule("X4")
@pytest.mark.parametrize("name", sorted({name for name, method in TABLE if method == "get"}))
def test_looking_changes_nothing(ask: Ask, name: str) -> None:
    before = written()

    ask("alice", name, "get")

    changed = {table for table, count in written().items() if count != before.get(table, 0)}
    noted = {"accounts_auditevent"} if name.endswith("_file") else set()  # that figures left as a file
    assert changed - BY_LOOKING - noted - {"accounts_user"} == set()  # who signs in, as the test does, is noted there


def written() -> dict[str, int]:
    """How many rows of each table this transaction has written."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return dict(cursor.fetchall())


@pytest.mark.rule("W4")
def test_no_form_is_taken_from_elsewhere(world: object) -> None:
    exempt = {
        str(pattern.name)
        for pattern in addresses(get_resolver().url_patterns)
        if getattr(pattern.callback, "csrf_exempt", False)
    }

    assert exempt == {"upload_file", "hook"}  # one checks by itself, once what it takes is bounded; one is signed


@pytest.mark.rule("X4")
@pytest.mark.parametrize(
    "name", sorted({name for name, method in TABLE if method == "post" and TABLE[name, method][1] not in {404, 405}})
)
def test_a_form_without_our_token_is_refused(world: object, name: str) -> None:
    ask = Ask(world, Client(enforce_csrf_checks=True))  # type: ignore[arg-type]

    answer = ask("alice", name, "post")

    assert answer.status_code == 403
    assert "This form was open for too long" in answer.content.decode()


@pytest.mark.rule("X10")
@pytest.mark.parametrize(("path", "status"), [("/fails/7/?password=canary", 500), ("/no-such-page/?token=canary", 404)])
def test_an_error_names_the_request_by_which_its_log_lines_are_found(
    failing: Client, said: StringIO, path: str, status: int
) -> None:
    answer = failing.get(path, headers={"cookie": "session=canary", "authorization": "Bearer canary"})

    page, lines = answer.content.decode(), [json.loads(line) for line in said.getvalue().splitlines()]
    assert answer.status_code == status
    assert f"<code>{answer['X-Request-Id']}</code>" in page
    assert {line["request_id"] for line in lines} == {answer["X-Request-Id"]}
    assert {line["route"] for line in lines} == {"fails/<int:number>/" if status == 500 else ""}
    assert "canary" not in page + said.getvalue()
    assert "RuntimeError" not in page
    assert ("RuntimeError" in said.getvalue()) == (status == 500)


@pytest.mark.rule("X10")
def test_a_request_leaves_one_line_without_its_query(client: Client, said: StringIO) -> None:
    client.get("/login/?next=/canary/", headers={"x-request-id": "canary"})

    [line] = [json.loads(text) for text in said.getvalue().splitlines()]
    assert (line["message"], line["route"], line["logger"]) == ("GET 200", "login/", "putler.requests")
    assert "canary" not in said.getvalue()


@pytest.mark.rule("X10")
def test_security_txt_says_who_is_told_of_faults(client: Client, settings: Settings) -> None:
    fields = dict(line.split(": ", 1) for line in client.get("/.well-known/security.txt").content.decode().splitlines())

    assert {"Contact", "Expires", "Policy", "Canonical"} <= fields.keys()
    assert fields["Contact"] == f"mailto:{settings.SECURITY_EMAIL}"
    assert fields["Canonical"] == settings.PUBLIC_URL + "/.well-known/security.txt"
    assert datetime.fromisoformat(fields["Expires"]) == settings.SECURITY_TXT_EXPIRES
    assert client.get(fields["Policy"].removeprefix(settings.PUBLIC_URL)).status_code == 200


@pytest.mark.rule("X10")
@pytest.mark.parametrize(("days", "fault"), [(-1, ["putler.E007"]), (1, []), (364, []), (366, ["putler.E008"])])
def test_security_txt_is_dated_anew_each_year(settings: Settings, days: int, fault: list[str]) -> None:
    settings.SECURITY_TXT_EXPIRES = datetime.now(UTC) + timedelta(days=days)

    assert [found.id for found in checks.contact_for_finders_of_faults(None)] == fault


@pytest.mark.rule("X11")
@pytest.mark.parametrize("cache", ["locmem.LocMemCache", "dummy.DummyCache", "filebased.FileBasedCache"])
def test_production_refuses_a_cache_that_processes_do_not_share(settings: Settings, cache: str) -> None:
    settings.PRODUCTION, settings.CACHES = True, {"default": {"BACKEND": f"django.core.cache.backends.{cache}"}}

    with pytest.raises(ImproperlyConfigured, match="The cache is not shared"):
        raise_what_is_careless()


@pytest.mark.rule("X11")
def test_production_refuses_jobs_inside_requests(settings: Settings) -> None:
    settings.PRODUCTION, settings.Q_CLUSTER = True, settings.Q_CLUSTER | {"sync": True}

    with pytest.raises(ImproperlyConfigured, match="Q_CLUSTER has jobs done inside requests"):
        raise_what_is_careless()


def raise_what_is_careless() -> None:
    """Start as far as the settings go; closing this test's connection would end its transaction."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "run_checks", lambda **_: [])
        patch.setattr("putler.checks.connections.close_all", lambda: None)
        checks.refuse_unsafe_start()


@pytest.mark.rule("X11")
@pytest.mark.slow
def test_djangos_own_checks_have_nothing_to_say_of_production() -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    environment = os.environ | PRODUCTION | {"SECRET_KEY": secrets.token_hex(32)}
    del environment["DJANGO_ALLOW_ASYNC_UNSAFE"]  # for Playwright alone
    found = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert (found.returncode, "no issues" in found.stdout) == (0, True), found.stderr


def test_the_handlers_are_ours() -> None:
    resolver: Any = get_resolver()

    assert all(
        callable(import_string(resolver.urlconf_module.__dict__[f"handler{code}"])) for code in (400, 403, 404, 500)
    )
    assert reverse("disclosure") == "/security/disclosure/"


@pytest.mark.rule("P5")
@pytest.mark.rule("X10")
def test_the_search_for_secrets_finds_what_it_is_for(
    no_secret_is_logged: Canaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(no_secret_is_logged, "said", StringIO())
    user = make.user("alice")
    user.set_password("nine purple kettles")
    client = Client()
    client.force_login(user)
    key = client.session.session_key

    lines = ["nothing", "she typed nine purple kettles", f"cookie={key}", f"the session {key} began"]
    no_secret_is_logged.said.write("\n".join(lines))

    assert no_secret_is_logged.found() == lines[1:]
