"""A backup brings back what was erased; the site does not start on it before that is gone again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connections, transaction

from accounts.models import Account, Role
from compliance import asking, closing, erasing, journal
from compliance.models import ErasureRequest, JournalEntry
from datasources.services import unlinking
from putler.tenancy import tenant
from tests import make
from tests.compliance.test_erasing import Proof, finish
from tests.make import NOW, movement
from tests.walls.test_backup import database as database
from tests.walls.test_backup import others, pg, superuser, url
from tests.walls.test_backup import restored as restored

pytestmark = [pytest.mark.rule("E8")]
ROOT = Path(__file__).resolve().parents[2]
GONE = ("zoe@example.com", "bob@example.com", "charlies-stripe", "doras-shop")


def world() -> None:
    """A customer, a member, a source and an account, each of which is about to be erased."""
    shop, charlie, dora = (Account.objects.create(name=n, base_currency="EUR", time_zone="UTC") for n in "acd")
    alice = make.user("alice")
    make.member(shop, alice, Role.OWNER)
    make.member(shop, make.user("bob"), Role.VIEWER)
    make.post(make.source(shop), movement(customer="zoe@example.com"))
    make.post(make.source(charlie, "charlies-stripe"), movement())
    make.member(dora, alice, Role.OWNER)
    make.post(make.source(dora, "doras-shop"), movement())


def erase_all() -> None:
    shop, charlie, dora = Account.objects.filter(name__in="acd").order_by("name")
    alice, bob = (shop.memberships.get(user__email=f"{name}@example.com").user for name in ("alice", "bob"))
    with tenant(shop.pk):
        asking.of_subject(shop, "zoe@example.com", by=alice, proof=Proof.PASSWORD, now=NOW)
    asking.of_user(bob, proof=Proof.PASSWORD, now=NOW)
    with tenant(charlie.pk):
        source = charlie.sources.get()
    unlinking.unlink(source=source, now=NOW)
    asking.of_source(source, by=alice, proof=Proof.PASSWORD, now=NOW)
    closing.ask(dora, by=alice, proof=Proof.PASSWORD, is_at_once=True, now=NOW)
    finish()
    assert not erasing.waiting(now=NOW)


def run(database: str, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    environment |= {"DATABASE_URL": url("DATABASE_URL", database), "DJANGO_SETTINGS_MODULE": "putler.settings"}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def start(database: str) -> subprocess.CompletedProcess[str]:
    return run(database, "-c", "import putler.wsgi")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_what_a_backup_brings_back_is_erased_before_the_site_starts(
    database: str, restored: str, tmp_path: Path
) -> None:
    world()
    dump = str(tmp_path / "dump")
    to_file = ("--exclude-schema=reference", "--format=custom", f"--file={dump}")
    assert pg("pg_dump", *to_file, url("DATABASE_BACKUP_URL", database)).stderr == ""
    erase_all()
    assert start(database).returncode == 0
    assert pg("pg_restore", "--exit-on-error", f"--dbname={superuser(restored)}", dump).stderr == ""
    assert found_in(restored) == set(GONE)

    refused = start(restored)
    worker = run(restored, "manage.py", "qcluster")
    replayed = run(restored, "manage.py", "after_restore")

    assert refused.returncode == worker.returncode == 1
    assert "restored from a backup" in refused.stderr
    assert "after_restore" in refused.stderr
    assert (replayed.returncode, found_in(restored)) == (0, set()), replayed.stderr
    assert start(restored).returncode == 0
    assert not others(restored)


def found_in(database: str) -> set[str]:
    text = pg("pg_dump", "--exclude-schema=reference", url("DATABASE_BACKUP_URL", database)).stdout
    assert "alice@example.com" in text
    return {word for word in GONE if word in text}


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("alias", ["default", "owner"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET subject = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_nobody_changes_the_journal(alias: str, verb: str) -> None:
    table = JournalEntry._meta.db_table
    JournalEntry.objects.using(alias).create(kind="user", subject="y", at=NOW)

    with connections[alias].cursor() as cursor, transaction.atomic(using=alias):
        with pytest.raises(DatabaseError, match=r"only ever appended|denied"):
            cursor.execute(verb.format(table))
        transaction.set_rollback(True, using=alias)


@pytest.mark.django_db
def test_the_journal_holds_ids_and_digests_alone() -> None:
    world()
    erase_all()
    text = settings.ERASURES.read_text()

    assert not [word for word in (*GONE, "alice") if word in text]
    assert settings.ERASURES.stat().st_mode & 0o777 == 0o600
    assert {entry.kind for entry in journal._told()} == set(JournalEntry.Kind.values) - {"file"}
    assert journal.missing() == []
    assert all(request.is_clean for request in ErasureRequest.objects.all())
