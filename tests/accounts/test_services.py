"""Making accounts: what is made, and what is refused."""

from typing import Any
from unittest.mock import Mock

import pytest

from accounts.models import Account, Membership, Role, User
from accounts.services import AccountError, create_account
from tests import make

pytestmark = pytest.mark.django_db
FIELDS: dict[str, Any] = {
    "email": "alice@example.com",
    "name": "Alice’s shop",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
}


def test_an_account_has_its_settings_and_an_owner() -> None:
    account = create_account(**FIELDS)

    membership = account.memberships.select_related("user").get()
    assert (account.name, account.base_currency, account.time_zone) == ("Alice’s shop", "EUR", "Europe/Berlin")
    assert (membership.user.email, membership.role, membership.expires_at) == ("alice@example.com", Role.OWNER, None)


def test_a_known_person_owns_the_new_account_too() -> None:
    alice = make.user("alice")

    account = create_account(**FIELDS | {"email": " Alice@Example.COM "})

    assert account.memberships.get().user == alice
    assert User.objects.count() == 1


def test_a_known_persons_password_stays_as_it_is() -> None:
    before = make.user("alice").password

    create_account(**FIELDS, password="another long password")

    assert User.objects.get().password == before


def test_a_new_owner_without_a_password_cannot_sign_in() -> None:
    create_account(**FIELDS)

    assert not User.objects.get().has_usable_password()


def test_a_new_owners_address_is_kept_in_lower_case() -> None:
    create_account(**FIELDS | {"email": " Alice@Example.COM "})

    assert User.objects.get().email == "alice@example.com"


def test_a_failure_half_way_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Membership, "save", Mock(side_effect=LookupError))

    with pytest.raises(LookupError):
        create_account(**FIELDS)

    assert [model.objects.count() for model in (Account, User)] == [0, 0]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"currency": "eur"}, "“eur” is not an ISO 4217 currency code"),
        ({"currency": "XXX"}, "“XXX” is not an ISO 4217 currency code"),
        ({"time_zone": "Berlin"}, "“Berlin” is not a time zone"),
        ({"time_zone": "../../etc/passwd"}, "is not a time zone"),
        ({"name": "  "}, "An account needs a name"),
        ({"email": "alice"}, "valid email address"),
        ({"password": "short"}, "at least 10 characters"),
        ({"password": "password1234"}, "too common"),
        ({"password": "alice@example.com"}, "too similar"),
    ],
)
def test_refusal(changed: dict[str, str], sentence: str) -> None:
    with pytest.raises(AccountError, match=sentence):
        create_account(**FIELDS | changed)

    assert [model.objects.count() for model in (Account, User, Membership)] == [0, 0, 0]
