"""A copy of somebody's data: complete, safe to open, for who asked for it alone, and gone in time."""

import csv
import io
import json
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account, Membership, Role, User
from compliance.exporting import making, tables
from compliance.models import ExportRequest
from compliance.stores import declarations
from datasources.models import Customer
from datasources.services import forgetting
from putler.personal import Whose
from putler.tenancy import TenantModel, tenant
from tests import make
from tests.compliance.plants import expected_places, plant
from tests.make import NOW, movement

pytestmark = [pytest.mark.django_db, pytest.mark.rule("E3")]
Kind = ExportRequest.Kind


@pytest.fixture
def account(settings: Settings, tmp_path: Path) -> Account:
    settings.UPLOADS, settings.EXPORTS = tmp_path / "uploads", tmp_path / "exports"
    settings.UPLOADS.mkdir()
    account = make.account()
    make.member(account, make.user("alice"), Role.OWNER)
    return account


@pytest.fixture
def alice(account: Account) -> User:
    return User.objects.get(email="alice@example.com")


def made(kind: Kind, user: User, now: Any = NOW, **whose: Any) -> ExportRequest:
    request = making.ask(kind, user=user, now=now, **whose)
    done = making.make(request.pk, now=now)
    assert done is not None
    return done


def texts(request: ExportRequest) -> dict[str, str]:
    with ZipFile(request.path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_an_accounts_copy_has_every_field_that_is_marked_and_no_secret(account: Account, alice: User) -> None:
    plants = plant(make.source(account, "shop"))
    found = "\n".join(texts(made(Kind.ACCOUNT, alice, account=account)).values())

    marked = {place for place in expected_places() if _is_exported(place)}
    told = {place: plants.words[place] for place in expected_places()}
    assert {place for place, word in told.items() if word in found} >= marked
    assert not [place for place, word in told.items() if word in found and not _is_exported(place)]


def _is_exported(place: str) -> bool:
    label, _, name = place.rpartition(".")
    return declarations()[label].personal[name].is_exported


def test_each_field_that_is_marked_is_in_some_copy(account: Account, alice: User) -> None:
    with tenant(account.pk):
        parts = [*tables.of_account(account), *tables.of_user(alice), *tables.of_customers(account, [])]
    copied = {(part.label, name) for part in parts for name in part.fields}
    marked = {
        (label, name)
        for label, declared in declarations().items()
        for name, told in declared.personal.items()
        if told.is_exported
    }

    # of staff among themselves: the staff's site, and its log
    assert {label for label, _ in marked - copied} <= {"accounts.DeviceResetApproval"}


def test_a_customers_copy_holds_what_every_table_about_customers_has_of_them_alone(
    account: Account, alice: User
) -> None:
    source = make.source(account, "shop")
    make.post(source, movement(customer="ann@example.com", lines="TEE 1 900"), movement(customer="bo@example.com"))
    with tenant(account.pk):
        ann = Customer.objects.get(email="ann@example.com")
    found = texts(made(Kind.CUSTOMER, alice, account=account, target=ann.public_id))

    about = {
        label
        for label, one in declarations().items()
        if any(told.whose is Whose.BUYER and told.is_exported for told in one.personal.values())
        and issubclass(apps.get_model(label), TenantModel)
    }
    names = {f"{label.lower().replace('.', '-')}.jsonl" for label in about - tables.OF_NO_ONE}
    assert names <= set(found)
    assert "bo@example.com" not in "".join(found.values())
    [row] = map(json.loads, found["datasources-transaction.jsonl"].splitlines())
    assert (row["amount"], row["customer"]) == (1000, ann.pk)
    assert found["datasources-line.jsonl"].count("\n") == 1


def test_a_persons_copy_is_of_them_alone_and_explains_itself(account: Account, alice: User) -> None:
    make.member(account, make.user("bob"), Role.VIEWER)
    found = texts(made(Kind.USER, alice))

    assert json.loads(found["accounts-user.jsonl"])["email"] == "alice@example.com"
    assert "bob@example.com" not in "".join(found.values())
    assert "argon2" not in "".join(found.values())
    assert "kept as long as they are a member" in found["README.txt"]
    assert "Who receives these data" in found["README.txt"]


def test_spreadsheets_run_nothing_in_it(account: Account, alice: User) -> None:
    source = make.source(account, '=HYPERLINK("x")')
    make.post(source, movement(customer="+ann@example.com"))
    found = texts(made(Kind.ACCOUNT, alice, account=account))

    cells = [cell for name, text in found.items() if name.endswith(".csv") for row in _rows(text) for cell in row]
    assert '\'=HYPERLINK("x")' in cells
    assert not [cell for cell in cells if cell.startswith(("=", "@")) or (cell[:1] in "+-" and "ann" in cell)]


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_ledger_goes_through_in_batches(account: Account, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make.post(make.source(account), *(movement() for _ in range(7)))
    monkeypatch.setattr(tables, "BATCH", 3)
    [part] = [one for one in tables.of_account(account) if one.label == "datasources.Transaction"]
    with CaptureQueriesContext(connection) as asked:
        sizes = [len(rows) for rows in part.batches()]

    assert sizes == [3, 3, 1]
    assert all(" LIMIT 3" in one["sql"] for one in asked if "datasources_transaction" in one["sql"])


def test_a_file_is_fetched_three_times_by_its_owner_and_is_gone(account: Account, alice: User, client: Client) -> None:
    request = made(Kind.USER, alice, now=timezone.now())
    url, path = reverse("export_file", args=[request.public_id]), Path(request.path)
    client.force_login(make.user("charlie"))
    assert client.post(url).status_code == HTTPStatus.NOT_FOUND

    client.force_login(alice)
    answers = [client.post(url) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 404]
    assert b"".join(answers[2]).startswith(b"PK")
    assert answers[0]["Content-Disposition"].startswith("attachment")
    assert not path.exists()


def test_after_72_hours_it_is_gone_from_the_disk(account: Account, alice: User) -> None:
    request = made(Kind.USER, alice)
    path = Path(request.path)
    assert path.stat().st_mode & 0o777 == 0o600

    making.remove_old(now=NOW + timedelta(hours=72, seconds=-1))
    assert path.exists()
    assert making.open_for(alice, request.public_id, now=NOW + timedelta(hours=72)) is None
    making.remove_old(now=NOW + timedelta(hours=72))

    assert not path.exists()
    assert list(path.parent.iterdir()) == []


def test_who_is_no_longer_owner_fetches_nothing_of_the_account(account: Account, alice: User) -> None:
    request = made(Kind.ACCOUNT, alice, account=account)
    Membership.objects.filter(user=alice).update(role=Role.ADMIN)

    assert making.open_for(alice, request.public_id, now=NOW) is None


def test_a_job_that_dies_is_begun_again_and_given_up_after_three(
    account: Account, alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = making.ask(Kind.USER, user=alice, now=NOW)

    def dies(*_: Any, **__: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("compliance.exporting.writing.ZipFile", dies)
    for minutes in (0, 12, 24):
        with pytest.raises(OSError, match="full"):
            making.make(request.pk, now=NOW + timedelta(minutes=minutes))
        assert making.make(request.pk, now=NOW + timedelta(minutes=minutes + 5)) is None  # another may be at it
    assert making.waiting(now=NOW + timedelta(minutes=36)) == [request.pk]
    ended = making.make(request.pk, now=NOW + timedelta(minutes=36))

    assert ended is not None
    assert ended.state == ExportRequest.State.FAILED
    assert list(settings.EXPORTS.iterdir()) == []


def test_the_same_is_not_written_twice_at_once(account: Account, alice: User) -> None:
    making.ask(Kind.USER, user=alice, now=NOW)

    with pytest.raises(making.OneAtATime):
        making.ask(Kind.USER, user=alice, now=NOW)


def test_of_somebody_who_was_forgotten_a_copy_tells_nothing(account: Account, alice: User) -> None:
    make.post(make.source(account), movement(customer="ann@example.com", country="DE"))
    with tenant(account.pk):
        [ann] = forgetting.sought(account.pk, "ann@example.com")
    forgetting.forget(account.pk, [ann], now=NOW)

    assert "ann@example.com" not in "".join(texts(made(Kind.ACCOUNT, alice, account=account)).values())
