"""Another sealing key while the site runs: everything opens with it, whatever is written or dies meanwhile."""

import os
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from django.db import connections, models
from django.utils import timezone
from psycopg.conninfo import make_conninfo
from pytest_django import Settings

from accounts.audit import Verb
from accounts.devices import AuthenticatorApp
from accounts.models import Account, AuditEvent, OutgoingMail
from compliance.stores import declarations
from datasources.models import Credential, DataSource, Hook, Revocation
from putler import sealing
from putler.tenancy import TenantModel, tenant
from tests import make
from tests.importing.processes import PARTS, WAITING, eventually

pytestmark = pytest.mark.rule("C7")
K1 = site.PUTLER_KEYS
K2 = f"k2:{b64encode(bytes(range(32))).decode()}"
MANAGE = str(site.ROOT / "manage.py")

# Each model with sealed columns, and a row of it; a further one gets a line here.
ROWS: dict[type[models.Model], Callable[[DataSource], models.Model]] = {
    AuthenticatorApp: lambda source: AuthenticatorApp(user=make.user(f"nora-{source.account_id}"), name=""),
    OutgoingMail: lambda source: OutgoingMail(due_at=timezone.now()),
    Credential: lambda source: Credential(account=source.account, source=source),
    Revocation: lambda source: Revocation(
        account=source.account, provider="stripe", due_at=timezone.now(), expires_at=timezone.now()
    ),
    Hook: lambda source: Hook(account=source.account, source=source, digest=str(source.public_id)),
}


def keep(row: models.Model, text: str) -> models.Model:
    """Save a row with the text in each of its sealed columns."""
    for field in names(type(row)):
        setattr(row, field, sealing.sealed(row, field, text))
    row.save()
    return row


def names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in sealing.sealed_fields() if field.model is model]


def all_rows() -> list[models.Model]:
    """One of each model for each of two accounts."""
    rows = []
    for account in (make.account(), make.account("Another")):
        source = make.source(account)
        with tenant(account.pk):
            rows += [keep(make_row(source), f"{account.pk} {model.__name__}") for model, make_row in ROWS.items()]
    return rows


def opened(row: models.Model) -> list[str]:
    """What stands in its sealed columns now."""
    way = [name for name in ("source",) if hasattr(row, name)]
    fresh = type(row)._default_manager.select_related(*way)
    if not isinstance(row, TenantModel):
        fresh_row = fresh.get(pk=row.pk)
        return [sealing.opened(fresh_row, name) for name in names(type(row))]
    with tenant(row.account_id):
        return [sealing.opened(fresh.get(account=row.account, pk=row.pk), name) for name in names(type(row))]


def keys_of(account: Account) -> list[str]:
    """The names of the keys that sealed its credentials, in the order of their rows."""
    with tenant(account.pk):
        return [one.sealed.split(".")[1] for one in Credential.objects.filter(account=account).order_by("pk")]


@pytest.mark.django_db
def test_everything_opens_with_the_new_key_alone(settings: Settings) -> None:
    rows = all_rows()
    before = [opened(row) for row in rows]
    assert {field.model for field in sealing.sealed_fields()} == set(ROWS)
    settings.PUTLER_KEYS = f"{K2},{K1}"
    with pytest.raises(CommandError, match="Key k1 is still needed: it sealed 2 value"):
        call_command("reseal", "--check")

    call_command("reseal", "--batch", "1", stdout=StringIO())
    call_command("reseal", "--check", stdout=StringIO())

    settings.PUTLER_KEYS = K2
    assert [opened(row) for row in rows] == before
    assert AuditEvent.objects.filter(account=None, verb=Verb.KEYS_ROTATED).count() == 1


@pytest.mark.django_db
def test_what_no_key_opens_stays_and_is_told(settings: Settings) -> None:
    lost, whole = keep(OutgoingMail(due_at=timezone.now()), "lost"), keep(OutgoingMail(due_at=timezone.now()), "whole")
    settings.PUTLER_KEYS = K2
    foreign = keep(OutgoingMail(due_at=timezone.now()), "of another key")
    settings.PUTLER_KEYS = f"k3:{b64encode(b'3' * 32).decode()},{K1}"
    OutgoingMail.objects.filter(pk=lost.pk).update(sealed="v1.k1.AAAA.BBBB")

    with pytest.raises(CommandError, match=r"^2 value\(s\) of accounts.OutgoingMail.sealed open with none"):
        call_command("reseal", stdout=StringIO())
    with pytest.raises(CommandError, match=r"Key k1 is .* 1 value.*\nKey k2 is .* 1 value"):
        call_command("reseal", "--check")

    assert opened(whole) == ["whole"]
    settings.PUTLER_KEYS = K2
    assert opened(foreign) == ["of another key"]


@contextmanager
def resealing_process() -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py reseal`, a value a transaction, on the tests' database; it does not outlive the block."""
    database = connections["default"].settings_dict
    address = make_conninfo(**{word: database[name] for name, word in PARTS.items() if database[name]})
    environment = os.environ | {"DATABASE_URL": address, "PUTLER_KEYS": f"{K2},{K1}"}
    process = subprocess.Popen(
        [sys.executable, MANAGE, "reseal", "--batch", "1"], env=environment, stdout=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def written_meanwhile(row: Any, text: str) -> Iterator[psycopg.Connection]:
    """Another connection that has changed the row, under the old key, and not committed."""
    with psycopg.connect(**connections["default"].get_connection_params()) as other:
        other.execute("SELECT set_config('app.account_id', %s, true)", [str(row.account_id)])
        value = sealing.sealed(row, "sealed", text)
        other.execute("UPDATE datasources_credential SET sealed = %s WHERE id = %s", [value, row.pk])
        yield other


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_half_way_and_begun_again_beside_somebody_who_writes(settings: Settings) -> None:
    account = make.account()
    sources = [make.source(account, name) for name in "abcd"]
    with tenant(account.pk):
        rows = [keep(Credential(account=account, source=source), source.name) for source in sources]
    with written_meanwhile(rows[2], "new") as other:
        with resealing_process() as process:
            eventually(lambda: waiting() == 1)
            process.kill()
            assert process.wait() == -signal.SIGKILL
        assert keys_of(account) == ["k2", "k2", "k1", "k1"]

        with resealing_process() as process:
            eventually(lambda: waiting() == 2)
            other.commit()
            assert process.wait(timeout=30) == 0

    settings.PUTLER_KEYS = K2
    assert [opened(row) for row in rows] == [["a"], ["b"], ["new"], ["d"]]


def waiting() -> int:
    """How many backends wait for a lock."""
    with connections["default"].cursor() as cursor:
        cursor.execute(WAITING)
        return int(cursor.fetchone()[0])


def test_a_column_is_sealed_where_it_is_declared_so_and_nowhere_else() -> None:
    fields = [(label, name, told) for label, one in declarations().items() for name, told in one.personal.items()]
    declared = {f"{label}.{name}" for label, name, told in fields if told.is_sealed}

    assert {f"{field.model._meta.label}.{field.attname}" for field in sealing.sealed_fields()} == declared
