"""Resetting the second factor of staff takes three others."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from accounts.devices import AuthenticatorApp
from accounts.models import DeviceReset
from accounts.staff_devices import ResetRefused, approve_reset, ask_for_reset
from tests.accounts.conftest import mails
from tests.accounts.factor import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords"), pytest.mark.rule("F8")]
NAMES = ("lost", "asks", "first", "second", "third")


@pytest.fixture
def staff(db: None) -> dict[str, Person]:
    cache.clear()
    people = {name: Person(name, is_staff=True) for name in NAMES}
    for person in people.values():
        person.has_app()
    return people


def ask(staff: dict[str, Person], by: str = "asks") -> DeviceReset:
    return ask_for_reset(user=staff["lost"].user, by=staff[by].user, reason="Phone stolen", now=timezone.now())


def test_the_second_approval_takes_the_devices_away_and_ends_the_sessions(staff: dict[str, Person]) -> None:
    lost, reset = staff["lost"], ask(staff)
    lost.client.force_login(lost.user)
    assert not approve_reset(reset, by=staff["first"].user, now=timezone.now())
    assert AuthenticatorApp.objects.filter(user=lost.user).exists()
    assert approve_reset(reset, by=staff["second"].user, now=timezone.now())

    assert not AuthenticatorApp.objects.filter(user=lost.user).exists()
    assert not lost.is_in()
    assert mails()[-1].subject == "Your second factor for Putler was reset"


@pytest.mark.parametrize("by", ["lost", "asks"])
def test_neither_who_lost_it_nor_who_asked_can_approve(staff: dict[str, Person], by: str) -> None:
    with pytest.raises(ResetRefused):
        approve_reset(ask(staff), by=staff[by].user, now=timezone.now())


def test_nobody_asks_for_their_own(staff: dict[str, Person]) -> None:
    with pytest.raises(ResetRefused):
        ask(staff, by="lost")


def test_nobody_approves_twice(staff: dict[str, Person]) -> None:
    reset = ask(staff)
    approve_reset(reset, by=staff["first"].user, now=timezone.now())

    with pytest.raises(ResetRefused):
        approve_reset(reset, by=staff["first"].user, now=timezone.now())
    assert AuthenticatorApp.objects.filter(user=staff["lost"].user).exists()


@pytest.mark.parametrize("fields", [{"is_staff": False}, {"is_active": False}])
def test_only_staff_approve(staff: dict[str, Person], fields: dict[str, bool]) -> None:
    reset, first = ask(staff), staff["first"].user
    for name, value in fields.items():
        setattr(first, name, value)

    with pytest.raises(ResetRefused):
        approve_reset(reset, by=first, now=timezone.now())


def test_who_has_no_second_factor_approves_nothing(staff: dict[str, Person]) -> None:
    AuthenticatorApp.objects.filter(user=staff["first"].user).delete()
    staff["first"].user.recoverycodes_set.all().delete()

    with pytest.raises(ResetRefused):
        approve_reset(ask(staff), by=staff["first"].user, now=timezone.now())


def test_a_wish_waits_for_a_day(staff: dict[str, Person]) -> None:
    reset = ask(staff)

    with pytest.raises(ResetRefused):
        approve_reset(reset, by=staff["first"].user, now=timezone.now() + timedelta(hours=24, seconds=1))


def test_only_staff_are_reset_this_way(staff: dict[str, Person]) -> None:
    bob = Person("bob")

    with pytest.raises(ResetRefused):
        ask_for_reset(user=bob.user, by=staff["asks"].user, reason="Phone stolen", now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_of_approvals_at_the_same_moment_each_counts_once(staff: dict[str, Person]) -> None:
    reset = ask(staff)

    def approve(name: str) -> bool | None:
        try:
            return approve_reset(reset, by=staff[name].user, now=timezone.now())
        except ResetRefused:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(approve, ("first", "first", "second")))

    assert sorted(map(str, answers)) == ["False", "None", "True"]
