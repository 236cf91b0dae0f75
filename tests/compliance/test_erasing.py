"""What people ask to have erased is gone everywhere, but for a digest; and the certificate says so."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import Account, AuditEvent, Membership, Role, User
from analytics.models import KeptPage
from compliance import asking, certificates, closing, erasing, members, tasks
from compliance.models import BACKUPS_LAPSE, ErasureRequest
from datasources.models import Customer, DataSource, Transaction
from putler.tenancy import tenant
from tests import make
from tests.compliance.plants import Plants, plant
from tests.compliance.test_purging import everything, left
from tests.make import NOW, movement

pytestmark = [pytest.mark.django_db]
Proof = ErasureRequest.Proof
SECRET = "plant-of-a-person"


@pytest.fixture
def account(db: None, settings: Settings, tmp_path: Path) -> Account:
    settings.UPLOADS = tmp_path
    account = make.account()
    make.member(account, make.user("alice"), Role.OWNER)
    return account


def alice() -> User:
    return User.objects.get(email="alice@example.com")


def planted_person(account: Account) -> User:
    """Somebody who views the account, with a word in all that says who they are."""
    user = User.objects.create_user(f"{SECRET}@example.com", name=f"{SECRET}-name")
    make.invitation(account, by=alice(), email=user.email)
    make.member(account, user, Role.VIEWER)
    with tenant(account.pk):
        account.savedviews.create(user=user, name=f"{SECRET}-view", path="/transactions/")
    user.sessions.create(session_key="x", ip="192.0.2.7", browser=f"{SECRET}-browser", first_seen=NOW, last_seen=NOW,
                         expire_date=NOW)  # fmt: skip
    return user


def finish() -> None:
    """Do what waits, and what that leads to."""
    for _ in range(3):
        for request_id in erasing.waiting(now=NOW):
            erasing.run(request_id, clock=lambda: NOW)


@pytest.mark.slow
@pytest.mark.rule("E4")
@pytest.mark.django_db(transaction=True)
def test_of_a_person_who_is_erased_nothing_is_found_but_a_digest(
    account: Account, tmp_path: Path, said: StringIO
) -> None:
    user = planted_person(account)
    bob = make.user("bob")
    make.member(account, bob, Role.VIEWER)
    assert SECRET in everything(tmp_path)

    request = asking.of_user(user, proof=Proof.PASSWORD, now=NOW)
    finish()

    found = everything(tmp_path)
    request.refresh_from_db()
    assert (SECRET in found, SECRET in said.getvalue(), request.subject in found) == (False, False, True)
    assert request.is_clean
    assert [(request.before or {})[place] for place in ("Users", "Saved views", "Invitations")] == [1, 1, 1]
    assert set(account.memberships.values_list("user__email", flat=True)) == {"alice@example.com", "bob@example.com"}


@pytest.mark.slow
@pytest.mark.rule("E4")
@pytest.mark.django_db(transaction=True)
def test_of_an_account_that_is_closed_nothing_is_found_and_others_lose_nothing(
    account: Account, tmp_path: Path, said: StringIO
) -> None:
    others = plant(make.source(make.account("Another shop")))
    plants = plant(make.source(account, "shop", kind="store"))
    planted_person(account)

    request = closing.ask(account, by=alice(), proof=Proof.SECOND_FACTOR, is_at_once=True, now=NOW)
    finish()

    found = everything(tmp_path)
    request.refresh_from_db()
    assert (left(plants, found), left(plants, said.getvalue()), SECRET in found) == (set(), set(), False)
    assert left(others, found) == set(others.words)
    assert "alice@example.com" not in found
    assert request.is_clean
    assert not Account.objects.filter(pk=account.pk).exists()
    with tenant(account.pk):
        assert {model._meta.label for model in closing.tables() if model._default_manager.exists()} == set()
        assert AuditEvent.objects.filter(account=account.pk).exists()


@pytest.mark.slow
@pytest.mark.rule("E5")
@pytest.mark.django_db(transaction=True)
def test_of_a_customer_only_the_digest_is_found(account: Account, tmp_path: Path, said: StringIO) -> None:
    plants = plant(make.source(account, "stripe", provider="stripe"))
    with tenant(account.pk):
        customer = plants.row(Customer)
        customer.key = customer.email = f"{plants.word('datasources.Customer.email')}@example.com"
        customer.save()
    gone = {f"datasources.{name}" for name in ("Customer.email", "Customer.name", "CustomerIdentity.external_id",
                                               "CustomerIdentity.name", "Detail.customer_ref")}  # fmt: skip
    link(plants)
    assert gone <= left(plants, everything(tmp_path))

    with tenant(account.pk):
        request = asking.of_customer(customer, by=alice(), proof=Proof.PASSWORD, now=NOW)
    finish()

    found = everything(tmp_path)
    request.refresh_from_db()
    assert left(plants, found) & gone == set()
    assert (left(plants, said.getvalue()), request.is_clean, request.subject in found) == (set(), True, True)


def link(plants: Plants) -> None:
    """Let what a list tells of a movement be told of this very customer of the provider."""
    with tenant(plants.source.account_id):
        source = plants.source
        [identity] = source.customer_identities.all()
        plants.words["datasources.Detail.customer_ref"] = plants.words["datasources.CustomerIdentity.external_id"]
        source.details.update(customer_ref=identity.external_id)


@pytest.mark.rule("E5")
def test_an_address_that_nobody_told_of_yet_is_shut_out(account: Account) -> None:
    with tenant(account.pk):
        asking.of_subject(account, " Ann@Example.com", by=alice(), proof=Proof.PASSWORD, now=NOW)
    finish()
    make.post(make.source(account), movement(customer="ann@example.com", country="DE"))

    with tenant(account.pk):
        assert [one.is_erased for one in account.customers.all()] == [True]
        assert not Customer.objects.filter(email="ann@example.com").exists()


@pytest.mark.rule("E5")
def test_pages_kept_ready_are_written_anew(account: Account) -> None:
    make.post(make.source(account), movement(customer="ann@example.com"))
    make.follow(account)
    with tenant(account.pk):
        generation = account.generations.get()
        KeptPage.objects.create(
            account=account, generation=generation, key="0" * 32, version=1, around="", html="ann@example.com"
        )
        asking.of_subject(account, "ann@example.com", by=alice(), proof=Proof.PASSWORD, now=NOW)
    finish()

    with tenant(account.pk):
        assert not KeptPage.objects.exists()


@pytest.mark.rule("E4")
def test_the_last_owner_hands_over_or_closes(account: Account) -> None:
    with pytest.raises(members.LastOwner, match="only owner"):
        asking.of_user(alice(), proof=Proof.PASSWORD, now=NOW)

    bob = make.user("bob")
    make.member(account, bob, Role.OWNER)
    asking.of_user(alice(), proof=Proof.PASSWORD, now=NOW)
    Membership.objects.filter(user=bob).delete()  # meanwhile
    finish()

    assert User.objects.filter(email="alice@example.com").exists()
    assert ErasureRequest.objects.get().cancelled_at == NOW


@pytest.mark.rule("E4")
def test_a_closing_waits_two_weeks_and_can_be_taken_back(account: Account) -> None:
    source = make.source(account)
    make.post(source, movement())
    request = closing.ask(account, by=alice(), proof=Proof.PASSWORD, is_at_once=False, now=NOW)
    with tenant(account.pk):
        assert DataSource.objects.get(pk=source.pk).unlinked_at == NOW

    assert erasing.run(request.pk, clock=lambda: NOW + timedelta(days=14, seconds=-1)) is None
    assert closing.take_back(account, request, now=NOW + timedelta(days=13))
    assert erasing.run(request.pk, clock=lambda: NOW + timedelta(days=14)) is None

    with tenant(account.pk):
        assert DataSource.objects.get(pk=source.pk).unlinked_at is None
        assert Transaction.objects.count() == 1


@pytest.mark.rule("E4")
def test_a_paused_account_is_closed_too(account: Account) -> None:
    account.trial_ends_at = NOW - timedelta(days=1)
    account.save()
    make.post(make.source(account), movement())
    closing.ask(account, by=alice(), proof=Proof.PASSWORD, is_at_once=False, now=NOW)
    tasks.sweep_requests()  # by now, far later, the two weeks have passed
    [request] = ErasureRequest.objects.all()
    erasing.run(request.pk)

    assert not Account.objects.filter(pk=account.pk).exists()


@pytest.mark.rule("E4")
def test_killed_in_the_middle_it_goes_on_under_the_same_certificate(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.post(make.source(account), movement(customer="ann@example.com"))
    request = closing.ask(account, by=alice(), proof=Proof.PASSWORD, is_at_once=True, now=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(closing, "_delete_some", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            erasing.run(request.pk, clock=lambda: NOW)
    request.refresh_from_db()
    begun = request.before

    assert erasing.waiting(now=NOW + timedelta(minutes=10)) == []
    assert erasing.waiting(now=NOW + timedelta(minutes=11)) == [request.pk]
    ended = erasing.run(request.pk, clock=lambda: NOW + timedelta(minutes=11))

    assert ended is not None
    assert (ended.before, ended.is_clean) == (begun, True)
    assert (begun or {})["Transactions"] == 1


@pytest.mark.rule("E4")
def test_a_certificate_says_what_went_and_proves_itself(account: Account) -> None:
    make.post(make.source(account), movement(customer="ann@example.com", country="DE"))
    with tenant(account.pk):
        asking.of_subject(account, "ann@example.com", by=alice(), proof=Proof.SECOND_FACTOR, now=NOW)
    finish()
    [request] = ErasureRequest.objects.all()

    said = json.loads(certificates.as_json(request))
    assert said["backups_lapse_on"] == f"{NOW + BACKUPS_LAPSE:%Y-%m-%d}"
    assert said["asked_by"] == f"user:{alice().public_id}"
    assert "second factor" in said["verified_how"]
    assert said["before"]["Addresses, names and countries"] == 1
    assert said["sha256"] == certificates.digest_of(request)
    assert said["subject_digest"] == certificates.subject_digest(request, "Ann@example.com")
    request.before = said["before"] | {"Addresses, names and countries": 2}
    assert certificates.digest_of(request) != said["sha256"]
