"""What guards a person's way in leaves events in the log of each account that they are in."""

from collections.abc import Callable

import pytest
from django.core.cache import cache

from accounts.models import Account, AuditEvent, Role, Session
from putler.tenancy import tenant
from tests import make
from tests.accounts.factor import PASSWORD, WRONG, Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords"), pytest.mark.rule("A1")]


@pytest.fixture
def alice(db: None) -> Person:
    cache.clear()
    alice = Person("alice")
    make.member(make.account(), alice.user, Role.OWNER)
    alice.signs_in()
    return alice


def newest() -> tuple[str, str]:
    account = Account.objects.get()
    with tenant(account.pk):
        event = AuditEvent.objects.filter(account=account).latest("seq")
    return event.verb, event.actor


def ends_a_session(alice: Person) -> None:
    alice.elsewhere()
    row = Session.objects.latest("first_seen")
    alice.client.post(f"/settings/sessions/{row.public_id}/end/")


def uses_a_recovery_code(alice: Person) -> None:
    code = alice.adds_app()[0]
    alice.client.post("/confirm/", {"password": PASSWORD, "code": code})


def removes_app(alice: Person) -> None:
    alice.adds_app()
    alice.client.post("/settings/security/app/removal/")


def makes_codes(alice: Person) -> None:
    alice.adds_app()
    alice.client.post("/settings/security/recovery-codes/")


def types_a_wrong_code(alice: Person) -> None:
    alice.client.post("/settings/security/app/begin/")
    alice.client.post("/settings/security/app/", {"code": WRONG})


def demands(alice: Person) -> None:
    alice.adds_app()
    alice.client.post("/settings/security/demand/", {"demand": "on"})


def posts(path: str, **form: str) -> Callable[[Person], object]:
    return lambda alice: alice.client.post(path, form)


@pytest.mark.parametrize(
    ("deed", "verb"),
    [
        (posts("/confirm/", password=PASSWORD), "identity_confirmed"),
        (posts("/confirm/", password="wrong"), "identity_not_confirmed"),
        (posts("/settings/password/", password="eight purple kettles"), "password_changed"),
        (posts("/settings/email/", email="new@example.com"), "email_change_asked"),
        (posts("/settings/sessions/end/"), "other_sessions_ended"),
        (ends_a_session, "session_ended"),
        (Person.adds_app, "second_factor_added"),
        (types_a_wrong_code, "second_factor_failed"),
        (makes_codes, "recovery_codes_made"),
        (removes_app, "second_factor_removed"),
        (demands, "settings_changed"),
    ],
)
def test_a_deed_leaves_its_event(alice: Person, deed: Callable[[Person], object], verb: str) -> None:
    deed(alice)

    assert newest() == (verb, f"user:{alice.user.public_id}")


def test_the_use_of_a_recovery_code_is_told(alice: Person) -> None:
    uses_a_recovery_code(alice)
    account = Account.objects.get()

    with tenant(account.pk):
        assert AuditEvent.objects.filter(account=account, verb="recovery_code_used").count() == 1
