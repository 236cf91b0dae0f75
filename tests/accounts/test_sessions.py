"""Sessions: where they are seen, how long they last, and what ends them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.browsers import browser_name
from accounts.models import Session, User
from tests.accounts.conftest import mails
from tests.accounts.factor import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
PAGE = "/settings/sessions/"


@pytest.fixture
def alice(db: None) -> Person:
    cache.clear()
    alice = Person("alice")
    alice.signs_in()
    return alice


def moves(person: Person, **ago: float) -> None:
    """Let the person's sessions have been used last so long ago."""
    moment = timezone.now() - timedelta(**ago)
    Session.objects.filter(user=person.user).update(last_seen=moment)


def began(person: Person, **ago: float) -> None:
    """Let the person's sessions have begun so long ago."""
    moment = timezone.now() - timedelta(**ago)
    Session.objects.filter(user=person.user).update(first_seen=moment)


@pytest.mark.rule("P9")
@pytest.mark.parametrize(("hours", "is_staff", "is_in"), [(23.9, False, True), (24, False, False), (0.51, True, False)])
def test_a_session_that_is_left_alone_ends(alice: Person, hours: float, is_staff: bool, is_in: bool) -> None:
    alice.adds_app()
    User.objects.update(is_staff=is_staff)
    moves(alice, hours=hours)

    assert alice.is_in() == is_in
    assert alice.is_in() == is_in


@pytest.mark.rule("P9")
@pytest.mark.parametrize(("hours", "is_staff", "is_in"), [(335, False, True), (336, False, False), (8, True, False)])
def test_a_session_ends_however_much_it_is_used(alice: Person, hours: float, is_staff: bool, is_in: bool) -> None:
    alice.adds_app()
    User.objects.update(is_staff=is_staff)
    began(alice, hours=hours)

    assert alice.is_in() == is_in


@pytest.mark.rule("P9")
def test_another_key_does_not_lengthen_a_session(alice: Person) -> None:
    before = Session.objects.get(user=alice.user)
    alice.client.post("/confirm/", {"password": "correct horse battery"})
    after = Session.objects.get(user=alice.user)

    assert after.session_key != before.session_key
    assert (after.first_seen, after.expire_date <= before.first_seen + timedelta(days=14)) == (before.first_seen, True)


@pytest.mark.rule("P9")
def test_a_page_that_renews_itself_is_no_use(alice: Person) -> None:
    moves(alice, hours=23)
    alice.client.get(PAGE, headers={"X-Poll": "1"})
    assert Session.objects.get().last_seen < timezone.now() - timedelta(hours=22)

    alice.client.get(PAGE)
    assert Session.objects.get().last_seen > timezone.now() - timedelta(minutes=1)


@pytest.mark.rule("P10")
def test_the_list_says_where_somebody_is_signed_in(alice: Person) -> None:
    alice.elsewhere()
    page = alice.client.get(PAGE).content.decode()

    assert ("Firefox on Linux" in page, "127.0.0.1" in page, page.count("This one")) == (True, True, 1)
    assert not [row for row in Session.objects.all() if row.session_key in page]


@pytest.mark.rule("P10")
def test_one_session_can_be_ended(alice: Person) -> None:
    elsewhere, third = alice.elsewhere(), alice.elsewhere()
    row = Session.objects.order_by("first_seen")[1]
    alice.client.post(f"{PAGE}{row.public_id}/end/")

    assert [alice.is_in(client) for client in (alice.client, elsewhere, third)] == [True, False, True]


@pytest.mark.rule("P10")
def test_nobody_ends_the_session_of_another(alice: Person) -> None:
    bob = Person("bob")
    bob.signs_in()
    row = Session.objects.get(user=alice.user)

    assert bob.client.post(f"{PAGE}{row.public_id}/end/").status_code == 404
    assert alice.is_in()


@pytest.mark.rule("P10")
def test_all_others_can_be_ended(alice: Person) -> None:
    others = [alice.elsewhere(), alice.elsewhere()]
    alice.client.post(f"{PAGE}end/")

    assert [alice.is_in(client) for client in (alice.client, *others)] == [True, False, False]
    assert Session.objects.filter(user=alice.user).count() == 1


def change_password(alice: Person) -> None:
    alice.client.post("/settings/password/", {"password": "eight purple kettles"})


def reset_password(alice: Person) -> None:
    client = Client()
    client.post("/password/reset/", {"email": alice.user.email})
    link = next(word for word in str(mails()[-1].body).split() if "/password/reset/key/" in word)
    form = client.get(link.removeprefix("http://127.0.0.1:8000"))["Location"]
    client.post(form, {"password1": "eight purple kettles"})


def enrol(alice: Person) -> None:
    alice.adds_app()


def remove(alice: Person) -> None:
    assert alice.client.post("/settings/security/app/removal/").status_code == 302


def change_email(alice: Person) -> None:
    alice.client.post("/settings/email/", {"email": "alice@elsewhere.example"})
    link = next(word for word in str(mails()[-1].body).split() if "/settings/email/key/" in word)
    alice.client.get(link.removeprefix("http://127.0.0.1:8000"))
    alice.client.post("/settings/email/use/")


@pytest.mark.rule("P10")
@pytest.mark.parametrize("deed", [change_password, reset_password, enrol, remove, change_email])
def test_what_guards_an_account_changes_and_every_other_browser_is_out(
    alice: Person, deed: Callable[[Person], None]
) -> None:
    if deed is remove:
        alice.adds_app()
    elsewhere = alice.elsewhere()
    assert alice.is_in(elsewhere)
    deed(alice)

    assert not alice.is_in(elsewhere)
    assert alice.is_in() == (deed is not reset_password)
    assert Session.objects.filter(user=alice.user).count() <= 1


@pytest.mark.rule("P10")
def test_a_sign_in_that_ends_after_the_others_were_ended_comes_too_late(alice: Person) -> None:
    elsewhere = alice.elsewhere()
    row = Session.objects.exclude(session_key=Session.objects.order_by("first_seen")[0].session_key).get()
    alice.client.post(f"{PAGE}end/")
    row.save(force_insert=True)  # as by a request that was under way

    assert not alice.is_in(elsewhere)


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/140 Safari/604.1", "Chrome on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "An unknown browser"),
        ("<script>alert(1)</script>" * 100, "An unknown browser"),
        ("", "An unknown browser"),
    ],
)
def test_browsers_are_called_by_names_that_people_know(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name
