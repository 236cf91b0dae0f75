"""Turning the second factor on and off, recovery codes, and who may not be without."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.devices import AuthenticatorApp, RecoveryCodes
from accounts.models import Account, Role, User
from tests import make
from tests.accounts.conftest import mails
from tests.accounts.factor import WRONG, Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
APP = "/settings/security/app/"


@pytest.fixture
def alice(db: None) -> Person:
    """Give an owner who is signed in, without a second factor."""
    cache.clear()
    alice = Person("alice")
    make.member(make.account(), alice.user, Role.OWNER)
    alice.signs_in()
    return alice


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


@pytest.mark.rule("F2")
def test_a_code_turns_it_on_and_this_session_is_verified(alice: Person) -> None:
    codes = alice.adds_app()

    assert len(codes) == 10
    assert alice.is_in()
    assert "Two-factor authentication is on" in {mail.subject for mail in mails()}
    assert alice.signs_in(client=Client()) == (302, "/2fa/")


@pytest.mark.rule("F2")
def test_an_app_whose_code_was_never_typed_does_not_count(alice: Person) -> None:
    alice.client.post(f"{APP}begin/")
    answer = alice.client.post(APP, {"code": WRONG})

    assert (answer.status_code, "This code was not taken" in answer.content.decode()) == (400, True)
    assert alice.signs_in(client=Client()) == (302, "/")


@pytest.mark.rule("F2")
def test_a_secret_is_shown_only_to_the_browser_that_began(alice: Person) -> None:
    elsewhere = alice.elsewhere()
    elsewhere.post(f"{APP}begin/")

    assert "key-text" in text(elsewhere, APP)
    assert "key-text" not in text(alice.client, APP)


@pytest.mark.rule("F2")
def test_each_beginning_makes_another_secret(alice: Person) -> None:
    keys = set()
    for _ in range(2):
        alice.client.post(f"{APP}begin/")
        keys.add(re.findall(r'key-text">([A-Z2-7 ]+)<', text(alice.client, APP))[0])

    assert len(keys) == 2
    assert AuthenticatorApp.objects.count() == 1


def test_looking_at_the_page_changes_nothing(alice: Person) -> None:
    text(alice.client, APP)

    assert not AuthenticatorApp.objects.exists()


@pytest.mark.rule("F2")
def test_another_phone_takes_the_place_of_the_first(alice: Person) -> None:
    old_codes, old = alice.adds_app(), alice.phone
    new_codes = alice.adds_app()

    alice.signs_in(client=(client := Client()))
    assert [alice.types(code, client)[0] for code in (old.shows(), old_codes[0])] == [400, 400]
    RecoveryCodes.objects.update(throttling_failure_count=0)
    assert alice.types(new_codes[0], client)[0] == 302


@pytest.mark.rule("F3")
def test_recovery_codes_are_shown_once(alice: Person) -> None:
    codes = alice.adds_app()
    page = text(alice.client, "/settings/security/recovery-codes/") + text(alice.client, "/settings/security/")

    assert "10 of 10" in page
    assert not [code for code in codes if code in page]


@pytest.mark.rule("F3")
def test_new_codes_are_made_by_a_form_alone(alice: Person) -> None:
    old = alice.adds_app()
    new = re.findall(
        r"<code>([A-Z2-7-]{27})</code>",
        alice.client.post("/settings/security/recovery-codes/").content.decode(),
    )

    assert len(set(new) - set(old)) == 10


def test_it_can_be_turned_off_and_the_owner_is_told(alice: Person) -> None:
    alice.adds_app()
    alice.client.post(f"{APP}removal/")

    assert mails()[-1].subject == "Two-factor authentication is off"
    assert not AuthenticatorApp.objects.exists()
    assert not RecoveryCodes.objects.exists()
    assert alice.is_in()
    assert alice.signs_in(client=Client()) == (302, "/")


def test_a_session_that_showed_no_code_is_over_once_there_is_a_second_factor(alice: Person) -> None:
    alice.has_app()

    assert not alice.is_in()


def test_a_verified_session_is_over_once_its_device_is_gone_and_another_is_there(alice: Person) -> None:
    alice.adds_app()
    AuthenticatorApp.objects.all().delete()
    alice.has_app()

    assert not alice.is_in()


@pytest.mark.rule("P11")
def test_fresh_proof_takes_a_code_as_well(alice: Person) -> None:
    alice.adds_app()
    session = alice.client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 601
    session.save()
    form = {"password": "correct horse battery", "next": APP}

    assert alice.client.get(APP)["Location"] == f"/confirm/?next={APP}"
    assert alice.client.post("/confirm/", form).status_code == 400
    assert alice.client.post("/confirm/", form | {"code": WRONG}).status_code == 400
    AuthenticatorApp.objects.update(throttling_failure_count=0)
    assert alice.client.post("/confirm/", form | {"code": alice.phone.shows()}).status_code == 302
    assert alice.client.get(APP).status_code == 200


def test_the_advice_stands_on_every_page_until_it_is_on(alice: Person) -> None:
    pages = ("/", "/sources/", "/files/", "/transactions/", "/settings/security/")
    assert all("Your password alone" in text(alice.client, page) for page in pages)

    alice.adds_app()
    assert not [page for page in pages if "Your password alone" in text(alice.client, page)]


def test_the_advice_can_be_put_aside_for_thirty_days(alice: Person) -> None:
    answer = alice.client.post("/settings/security/later/", {"next": "/files/"})

    assert (answer["Location"], "Your password alone" in text(alice.client, "/files/")) == ("/files/", False)
    User.objects.update(two_factor_nag_hidden_until=timezone.now() - timedelta(seconds=1))
    assert "Your password alone" in text(alice.client, "/files/")


@pytest.mark.rule("F8")
def test_staff_without_a_second_factor_reach_nothing_but_the_way_to_one(alice: Person) -> None:
    User.objects.update(is_staff=True)

    for path in (
        "/",
        "/sources/",
        "/settings/security/",
        "/settings/sessions/",
        "/terms/",
        "/files/upload/",
        "/inbox/",
    ):
        assert alice.client.get(path)["Location"] == APP
    assert [alice.client.get(path).status_code for path in (APP, "/confirm/")] == [200, 302]
    alice.adds_app()
    assert alice.client.get("/").status_code == 200
    assert alice.client.post("/logout/").status_code == 302


@pytest.mark.rule("F8")
def test_staff_cannot_turn_it_off(alice: Person) -> None:
    alice.adds_app()
    User.objects.update(is_staff=True)

    assert alice.client.post(f"{APP}removal/")["Location"] == "/settings/security/"
    assert AuthenticatorApp.objects.exists()


@pytest.mark.rule("F9")
def test_an_owner_demands_it_of_every_member(alice: Person) -> None:
    bob = Person("bob")
    make.member(Account.objects.get(), bob.user, Role.VIEWER)
    bob.signs_in()
    assert bob.client.get("/").status_code == 200
    alice.adds_app()
    alice.client.post("/settings/security/demand/", {"demand": "on"})

    assert [bob.client.get(path)["Location"] for path in ("/", "/sources/", "/files/")] == [APP] * 3
    assert "A shop" in text(bob.client, APP)
    bob.adds_app()
    assert bob.client.get("/").status_code == 200


@pytest.mark.rule("F9")
def test_a_member_is_free_in_an_account_that_does_not_demand_it(alice: Person) -> None:
    bob = Person("bob")
    make.member(Account.objects.get(), bob.user, Role.VIEWER)
    Account.objects.update(requires_2fa=True)
    bob.user.memberships.all().delete()
    make.member(make.account("His own"), bob.user, Role.OWNER)
    bob.signs_in()

    assert bob.client.get("/").status_code == 200


@pytest.mark.rule("F9")
def test_the_demand_takes_a_second_factor_of_ones_own(alice: Person) -> None:
    alice.client.post("/settings/security/demand/", {"demand": "on"})

    assert not Account.objects.get().requires_2fa
    assert "for yourself first" in text(alice.client, "/settings/security/")


@pytest.mark.rule("F9")
def test_who_has_to_have_it_cannot_turn_it_off(alice: Person) -> None:
    alice.adds_app()
    Account.objects.update(requires_2fa=True)
    alice.client.post(f"{APP}removal/")

    assert AuthenticatorApp.objects.exists()


@pytest.mark.rule("F9")
def test_only_an_owner_can_demand_it(alice: Person) -> None:
    alice.adds_app()
    alice.user.memberships.update(role=Role.ADMIN)

    assert alice.client.post("/settings/security/demand/", {"demand": "on"}).status_code == 403
