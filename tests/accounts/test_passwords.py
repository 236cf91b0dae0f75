"""How passwords are stored, and how they stay up to date."""

from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, make_password

from accounts.hashers import Argon2id
from accounts.models import User
from tests import make

PASSWORD = "correct horse battery staple"
COSTS = "argon2$argon2id$v=19$m=47104,t=2,p=1$"


@pytest.mark.django_db
@pytest.mark.rule("P1")
def test_a_password_is_stored_by_argon2id_at_its_full_cost() -> None:
    user = User.objects.create_user("alice@example.com", password=PASSWORD)

    assert User.objects.get(pk=user.pk).password.startswith(COSTS)
    assert user.check_password(PASSWORD)
    assert not user.check_password(PASSWORD + " ")


@pytest.mark.rule("P1")
def test_the_same_password_is_never_stored_alike() -> None:
    assert make_password(PASSWORD) != make_password(PASSWORD)


@pytest.mark.django_db
@pytest.mark.rule("P1")
@pytest.mark.parametrize(("hasher", "cost"), [(PBKDF2PasswordHasher(), "iterations"), (Argon2id(), "memory_cost")])
def test_a_weaker_hash_is_replaced_when_its_owner_signs_in(hasher: Any, cost: str) -> None:
    setattr(hasher, cost, 1000)
    user = make.user("alice")
    user.password = hasher.encode(PASSWORD, "salt" * 6)

    assert user.check_password(PASSWORD)
    assert user.password.startswith(COSTS)


@pytest.mark.django_db
def test_without_a_password_nothing_signs_in() -> None:
    user = make.user("alice")

    assert not user.has_usable_password()
    assert not user.check_password("")
    assert not check_password(user.password, user.password)
