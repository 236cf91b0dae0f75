"""Documents say what the code does: record of processing, privacy notice, reviews, keys, the report of a breach."""

import csv
import io
import stat
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Account, AuditEvent, Role
from compliance import record
from compliance.evidence import reviews
from compliance.retention import TABLE
from compliance.stores import declarations
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.rule("E10")
DOCS: Path = settings.ROOT / "docs"


def test_the_record_of_processing_is_what_the_code_declares() -> None:
    written = (DOCS / "privacy" / "ropa.md").read_text()

    assert written == record.text(), "Run: .venv/bin/python manage.py ropa > docs/privacy/ropa.md"
    for label, declared in declarations().items():
        assert not declared.personal or f"`{label}`" in written
    assert all(kept.what in written for kept in TABLE)


def test_every_version_of_the_change_log_was_reviewed() -> None:
    changelog = (settings.ROOT / "CHANGELOG.md").read_text()
    reviewed = reviews.FILE.read_text()

    assert reviews.entries(reviewed)
    assert reviews.unreviewed(changelog, reviewed) == []
    assert reviews.unreviewed(f"{changelog}\n## 9.9.9 – 2030-01-01\n", reviewed) == ["9.9.9"]
    assert reviews.unreviewed("## 9.9.9 – 2030-01-01\n", f"{reviewed}\n## 2030-01-01 · 9.9.9\n") == []


def test_every_secret_of_the_settings_is_in_the_list_of_keys() -> None:
    listed = (DOCS / "security" / "keys.md").read_text()
    secrets = {"PUTLER_KEYS", "SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "_CLIENT_SECRET"}
    sealed = {label for label, one in declarations().items() if any(each.is_sealed for each in one.personal.values())}

    assert all(name in listed for name in secrets)
    assert "mails that wait" in listed
    assert sealed == {
        "accounts.AuthenticatorApp", "accounts.OutgoingMail", "datasources.Credential", "datasources.Hook",
        "datasources.Revocation",
    }, "A further sealed secret belongs into docs/security/keys.md too."  # fmt: skip


@pytest.mark.django_db
def test_the_privacy_notice_shows_each_purpose_and_each_time(client: Client) -> None:
    page = client.get("/privacy/").content.decode()

    assert "To know who came back, across the merchant’s sources" in page
    assert all(kept.what in page and kept.words.capitalize()[1:] in page for kept in TABLE)


@pytest.fixture
def account(db: None) -> Account:
    account = make.account()
    make.member(account, make.user("alice"), Role.OWNER)
    make.post(make.source(account), make.movement(customer="ann@example.com"), make.movement(customer="=HYPERLINK@x"))
    make.post(make.source(make.account("Another shop")), make.movement(customer="of-others@example.com"))
    return account


def test_a_breach_lists_everybody_of_the_account_in_a_private_file(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    call_command("breach_report", account=str(account.public_id), file=path, stdout=io.StringIO())
    rows = list(csv.reader(path.open(newline="")))

    assert sorted(row[:2] for row in rows[1:]) == [
        ["a customer of the merchant", "'=hyperlink@x"],
        ["a customer of the merchant", "ann@example.com"],
        ["somebody who signs in or is about to", "alice@example.com"],
    ]
    assert "to sum sales by country" in rows[-1][-1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with tenant(account.pk):
        [event] = AuditEvent.objects.filter(verb="exported")
    assert event.detail == {"what": "breach_report"}


def test_a_breach_report_replaces_no_file(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("another's")

    with pytest.raises(CommandError, match="exists"):
        call_command("breach_report", account=str(account.public_id), file=path)

    assert path.read_text() == "another's"
