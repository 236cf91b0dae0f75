"""The register of who else handles data, notice before another begins, objections; the data centre's certificate."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account, AuditEvent, Role, User
from compliance import hosting, subprocessors
from compliance.models import HostingStatement, Objection, SubProcessor
from putler import settings as settings_module
from putler.environment import MailServer
from putler.tenancy import tenant
from tests import make
from tests.accounts.conftest import mails
from tests.accounts.factor import Factors
from tests.accounts.factor import factors as factors

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
APPS = ("putler", "accounts", "datasources", "analytics", "compliance")
TODAY = timezone.now().date()
ENTRY = {
    "name": "Mailhouse", "purpose": "Sends our mails", "data_types": "Names and addresses", "country": "FR",
    "transfer_basis": "Within the EU", "hosts": "smtp.mailhouse.example", "agreement_on": "2026-01-01",
}  # fmt: skip


@pytest.fixture
def account() -> Account:
    account = make.account()
    make.member(account, make.user("alice"), Role.OWNER)
    make.member(account, make.user("bob"), Role.VIEWER)
    return account


@pytest.fixture
def staff(factors: Factors) -> Client:
    sam, client = make.user("sam"), Client()
    User.objects.filter(pk=sam.pk).update(is_staff=True)
    factors.show(client, sam)
    make.prove(client, sam)
    return client


def enter(staff: Client, *, days: int) -> int:
    url = reverse("admin:compliance_subprocessor_enter")
    return staff.post(url, ENTRY | {"since": str(TODAY + timedelta(days=days))}).status_code


@pytest.mark.rule("E10")
def test_owners_are_told_thirty_days_before_another_begins(client: Client, staff: Client, account: Account) -> None:
    assert (enter(staff, days=29), SubProcessor.objects.count(), mails()) == (422, 1, [])
    assert enter(staff, days=31) == 302

    page = client.get("/security/subprocessors/").content.decode()
    assert [letter.to for letter in mails()] == [["alice@example.com"]]
    assert "http://127.0.0.1:8000/security/subprocessors/" in str(mails()[0].body)
    assert page.index("Announced") < page.index("Mailhouse") < page.index("Today") < page.index("European Central Bank")
    assert not SubProcessor.objects.on(TODAY).filter(name="Mailhouse").exists()


@pytest.mark.rule("E10")
def test_before_there_are_owners_the_first_ones_begin_at_once(staff: Client) -> None:
    assert (enter(staff, days=0), mails()) == (302, [])
    assert SubProcessor.objects.on(TODAY).filter(name="Mailhouse").exists()


@pytest.mark.rule("E10")
def test_an_owner_objects_once_while_there_is_time(client: Client, staff: Client, account: Account) -> None:
    enter(staff, days=31)
    entered = SubProcessor.objects.get(name="Mailhouse")
    url = reverse("object_to", args=[entered.public_id])
    client.force_login(User.objects.get(name="alice"))

    assert [client.post(url, {"reason": "No"}).status_code for _ in range(2)] == [302, 422]
    SubProcessor.objects.filter(pk=entered.pk).update(since=TODAY)
    Objection.objects.filter(reason="No").update(account=entered.public_id)
    assert client.post(url, {"reason": "Late"}).status_code == 422
    assert (mails()[-1].to, Objection.objects.count()) == (["support@127.0.0.1"], 1)
    with tenant(account.pk):
        assert AuditEvent.objects.filter(account=account, verb="sub_processor_objected").count() == 1


def urls_in_code() -> Iterator[tuple[str, str]]:
    """Every host in a text of the product that is no docstring, with its file."""
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if {"sandbox", "migrations"} & set(path.parts):
                continue
            tree = ast.parse(path.read_text())
            notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                text = node.value if isinstance(node, ast.Constant) and id(node) not in notes else None
                if isinstance(text, str) and text.startswith(("https://", "http://")) and urlsplit(text).hostname:
                    yield str(urlsplit(text).hostname), path.relative_to(ROOT).as_posix()


def hosts_in_settings(module: ModuleType) -> set[str]:
    """Every host that a setting names, but our own."""

    def hosts(value: Any) -> Iterator[str]:
        if isinstance(value, MailServer):
            yield value.host
        elif isinstance(value, str) and value.startswith(("https://", "http://")):
            yield urlsplit(value).hostname or ""
        elif isinstance(value, dict):
            for one in value.values():
                yield from hosts(one)

    named = {name: set(hosts(value)) for name, value in vars(module).items() if name.isupper()}
    return {host for name, found in named.items() if name not in {"PUBLIC_URL", "SANDBOX_URL"} for host in found}


@pytest.mark.rule("E10")
def test_egress_hosts_are_declared(settings: Settings) -> None:
    listed = {host for entry in SubProcessor.objects.on(TODAY) for host in entry.hosts.split()}
    known = listed | subprocessors.chosen_by_merchants() | subprocessors.LOOPBACK

    assert {"www.ecb.europa.eu", "api.stripe.com"} <= {host for host, _ in urls_in_code()}
    assert not {(host, path) for host, path in urls_in_code() if host not in known}
    assert hosts_in_settings(settings_module) <= known
    assert subprocessors.undeclared(timezone.now()) == set()
    settings.EMAIL_SERVER = MailServer("smtp.mailhouse.example", 465, "", "", "tls")
    settings.PROVIDER_ECB_API_URL = "https://rates.example"
    assert subprocessors.undeclared(timezone.now()) == {"smtp.mailhouse.example", "rates.example"}
    SubProcessor.objects.update(hosts="rates.example smtp.mailhouse.example")
    assert subprocessors.undeclared(timezone.now()) == set()


def test_the_data_centre_is_certified_only_while_the_newest_certificate_is_valid(staff: Client) -> None:
    url = reverse("admin:compliance_hostingstatement_enter")
    form = {"provider": "Rack & Co", "certificate": "IS 1", "link": "https://rack.example/27001.pdf"}
    assert hosting.statement(TODAY).text == "not stated"

    assert staff.post(url, form | {"valid_until": str(TODAY)}).status_code == 302
    said = [hosting.statement(TODAY + timedelta(days=days)) for days in (0, 1)]
    assert [(one.is_stated, one.text) for one in said] == [
        (True, "The data centre of Rack & Co is certified to ISO 27001."),
        (False, "not stated"),
    ]
    HostingStatement.objects.create(
        **form | {"certificate": "IS 2"}, valid_until=TODAY - timedelta(days=1), stated_at=timezone.now()
    )
    assert not hosting.statement(TODAY).is_stated
