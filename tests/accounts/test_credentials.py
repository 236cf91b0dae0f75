"""Changing the password and the address; a sign-in that is shut."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import EmailChange, OutgoingMail, Role, User
from tests import make
from tests.accounts.conftest import mails
from tests.accounts.factor import PASSWORD, Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
NEW = "alice@elsewhere.example"


@pytest.fixture
def alice(db: None) -> Person:
    cache.clear()
    alice = Person("alice")
    make.member(make.account(), alice.user, Role.OWNER)
    alice.signs_in()
    return alice


def link() -> str:
    """The path of the newest link to confirm an address."""
    found = [word for word in str(mails()[-1].body).split() if "/settings/email/key/" in word]
    return found[0].removeprefix("http://127.0.0.1:8000") if found else ""


def wishes(person: Person, email: str = NEW) -> str:
    """Ask for another address; answers the link that was mailed."""
    person.client.post("/settings/email/", {"email": email})
    return link()


def test_the_password_is_changed_and_its_owner_told(alice: Person) -> None:
    assert alice.client.post("/settings/password/", {"password": "eight purple kettles"}).status_code == 302

    assert alice.is_in()
    assert mails()[-1].subject == "Your password for Putler was changed"
    assert alice.signs_in("eight purple kettles", client=Client()) == (302, "/")


@pytest.mark.rule("P4")
@pytest.mark.parametrize(("password", "sentence"), [("short", "at least 10"), (PASSWORD, "the password that you have")])
def test_a_new_password_is_judged(alice: Person, password: str, sentence: str) -> None:
    answer = alice.client.post("/settings/password/", {"password": password})

    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert alice.signs_in(client=Client()) == (302, "/")


@pytest.mark.rule("P7")
def test_the_sixth_new_password_of_a_minute_is_refused(alice: Person) -> None:
    statuses = [alice.client.post("/settings/password/", {"password": "short"}).status_code for _ in range(6)]

    assert statuses == [422] * 5 + [429]


@pytest.mark.rule("P12")
def test_a_new_address_counts_once_its_reader_says_so(alice: Person) -> None:
    path = wishes(alice)
    assert (mails()[-1].to, User.objects.get().email) == ([NEW], "alice@example.com")
    assert alice.client.get(path)["Location"] == "/settings/email/use/"
    assert NEW in alice.client.get("/settings/email/use/").content.decode()
    assert User.objects.get().email == "alice@example.com"
    alice.client.post("/settings/email/use/")

    assert User.objects.get().email == NEW
    assert (mails()[-1].to, mails()[-1].subject) == (["alice@example.com"], "Your address for Putler was changed")


@pytest.mark.rule("P12")
def test_the_link_works_once_and_for_a_day(alice: Person) -> None:
    path = wishes(alice)
    EmailChange.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    alice.client.get(path)
    assert alice.client.post("/settings/email/use/").status_code == 404
    path = wishes(alice)
    alice.client.get(path)
    alice.client.post("/settings/email/use/")
    User.objects.update(email="alice@example.com")

    alice.client.get(path)
    assert alice.client.post("/settings/email/use/").status_code == 404


@pytest.mark.rule("P12")
def test_the_link_is_worth_nothing_to_anybody_else(alice: Person) -> None:
    path, bob = wishes(alice), Person("bob")
    bob.signs_in()
    bob.client.get(path)

    assert bob.client.post("/settings/email/use/").status_code == 404
    assert set(User.objects.values_list("email", flat=True)) == {"alice@example.com", "bob@example.com"}


@pytest.mark.rule("P12")
def test_the_link_signs_nobody_in_and_its_token_is_in_no_further_address(alice: Person) -> None:
    path, client = wishes(alice), Client()
    answer = client.get(path)

    assert answer["Location"] == "/login/?next=/settings/email/use/"
    assert alice.signs_in(client=client, next="/settings/email/use/") == (302, "/settings/email/use/")
    assert NEW in client.get("/settings/email/use/").content.decode()


@pytest.mark.rule("P12")
def test_an_unconfirmed_address_neither_signs_in_nor_resets(alice: Person) -> None:
    wishes(alice)
    client = Client()
    client.post("/login/", {"login": NEW, "password": PASSWORD})
    client.post("/password/reset/", {"email": NEW})

    assert not alice.is_in(client)
    assert mails()[-1].subject == "Nobody signs in to Putler with this address"


@pytest.mark.rule("P12")
def test_a_newer_wish_replaces_the_one_before_and_can_be_dropped(alice: Person) -> None:
    first = wishes(alice)
    wishes(alice, "another@example.com")
    alice.client.get(first)
    assert alice.client.post("/settings/email/use/").status_code == 404

    alice.client.post("/settings/email/drop/")
    assert not EmailChange.objects.exists()


@pytest.mark.rule("P6")
def test_an_address_of_somebody_else_gets_the_same_answer(alice: Person) -> None:
    Person("bob")
    pages = []
    for email in (NEW, "bob@example.com"):
        path = wishes(alice, email)
        pages.append(alice.client.get("/settings/security/").content.decode().replace(email, "…").split("<main")[1])

    assert path == ""
    assert (mails()[-1].to, mails()[-1].subject) == (["bob@example.com"], "This address is used for Putler already")
    assert [page.split("csrf")[0] for page in pages][0] == [page.split("csrf")[0] for page in pages][1]


@pytest.mark.rule("P12")
def test_an_address_that_was_taken_meanwhile_stays_its_owners(alice: Person) -> None:
    alice.client.get(wishes(alice))
    make.user("carol")
    User.objects.filter(name="carol").update(email=NEW)

    assert alice.client.post("/settings/email/use/").status_code == 200
    assert User.objects.get(name="alice").email == "alice@example.com"


def lock(email: str = "alice@example.com", number: int = 0) -> None:
    """Try wrong passwords until the address is shut."""
    for _ in range(12):
        client = Client(REMOTE_ADDR=f"10.{number}.0.{_}")
        client.post("/login/", {"login": email, "password": "wrong wrong wrong"})


@pytest.mark.rule("P8")
def test_an_open_session_goes_on_while_the_sign_in_is_shut(alice: Person) -> None:
    lock()

    assert alice.signs_in(client=Client(REMOTE_ADDR="10.9.9.9")) == (200, "")
    assert alice.client.get("/").status_code == 200


@pytest.mark.rule("P8")
def test_the_owner_is_told_once_an_hour(alice: Person) -> None:
    lock(number=1)
    lock("Alice@Example.com", number=2)

    assert [(mail.to, mail.subject) for mail in mails()] == [
        (["alice@example.com"], "Wrong passwords were tried for Putler")
    ]


@pytest.mark.rule("P8")
def test_a_client_that_tried_too_much_shuts_no_address(alice: Person) -> None:
    for number in range(11):
        Client().post("/login/", {"login": f"{number}@example.com", "password": "wrong wrong wrong"})
    Client().post("/login/", {"login": "alice@example.com", "password": "wrong wrong wrong"})

    assert not OutgoingMail.objects.exists()


@pytest.mark.rule("P6")
def test_as_much_is_written_for_an_address_that_nobody_has(alice: Person) -> None:
    lock("nobody@example.com")

    assert [mail.to for mail in mails()] == [[]]


@pytest.mark.rule("C8")
def test_the_digest_of_a_link_is_no_link(alice: Person) -> None:
    wishes(alice)
    session = alice.client.session
    session["new_address"] = EmailChange.objects.get().digest
    session.save()

    assert alice.client.post("/settings/email/use/").status_code == 404
