"""What staff do on pages of their site: extending trials, resetting a colleague's second factor."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.devices import AuthenticatorApp
from accounts.models import Account, AuditEvent, Role, TrialExtension, User
from putler.tenancy import tenant
from tests import make
from tests.accounts.conftest import mails
from tests.accounts.factor import Factors
from tests.accounts.factor import factors as factors

pytestmark = [pytest.mark.django_db, pytest.mark.rule("S2")]
NAMES = ("lost", "asks", "first", "second")


@pytest.fixture
def clients(factors: Factors) -> dict[str, Client]:
    """A browser of each of the staff, signed in with a second factor and fresh proof."""
    cache.clear()
    found = {name: Client() for name in NAMES}
    for name, client in found.items():
        user = make.user(name)
        User.objects.filter(pk=user.pk).update(is_staff=True)
        factors.show(client, user)
        make.prove(client, user)
    return found


@pytest.fixture
def account() -> Account:
    account = make.account("Shop")
    make.member(account, make.user("alice"), Role.OWNER)
    Account.objects.filter(pk=account.pk).update(trial_ends_at=timezone.now() - timedelta(days=3))
    account.refresh_from_db()
    return account


def extend(client: Client, account: Account, **form: Any) -> int:
    return client.post(reverse("admin:accounts_account_extend_trial", args=[account.public_id]), form).status_code


def recorded(account: Account) -> list[tuple[int, str, str]]:
    with tenant(account.pk):
        return list(TrialExtension.objects.values_list("days", "reason", "extended_by"))


def test_a_trial_is_extended_with_a_reason_and_both_logs_say_so(clients: dict[str, Client], account: Account) -> None:
    assert extend(clients["first"], account, days="10", reason="Asked by mail") == 302

    account.refresh_from_db()
    by = str(User.objects.get(name="first").public_id)
    assert not account.is_paused(now=timezone.now() + timedelta(days=9))
    assert recorded(account) == [(10, "Asked by mail", by)]
    assert [mail.to for mail in mails()] == [["alice@example.com"]]
    with tenant(account.pk):
        events = AuditEvent.objects.order_by("account", "seq").values_list("verb", "actor", "account")
        assert {("trial_extended", f"user:{by}", account.pk), ("staff_changed", f"user:{by}", None)} <= set(events)


@pytest.mark.parametrize("form", [{}, {"days": "0", "reason": "x"}, {"days": "9999", "reason": "x"}, {"days": "5"}])
def test_a_trial_is_not_extended_without_days_and_a_reason(
    clients: dict[str, Client], account: Account, form: dict[str, str]
) -> None:
    assert extend(clients["first"], account, **form) == 422
    assert recorded(account) == []


def test_what_is_not_on_trial_has_no_such_page(clients: dict[str, Client], account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(trial_ends_at=None)

    assert extend(clients["first"], account, days="10", reason="Asked by mail") == 404


@pytest.mark.rule("P11")
@pytest.mark.parametrize("page", ["account_extend_trial", "user_reset_second_factor"])
def test_without_fresh_proof_it_is_asked_for(
    clients: dict[str, Client], account: Account, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = account if page.startswith("account") else User.objects.get(name="lost")
    url = reverse(f"admin:accounts_{page}", args=[row.public_id])
    late = timezone.now() + timedelta(seconds=601)
    monkeypatch.setattr("accounts.sudo.timezone.now", lambda: late)

    assert {clients["first"].get(url)["Location"], clients["first"].post(url)["Location"]} == {f"/confirm/?next={url}"}


def reset(client: Client, **form: str) -> str:
    """Send a form of the page about who lost it; answers what it says then."""
    lost = User.objects.get(name="lost")
    url = reverse("admin:accounts_user_reset_second_factor", args=[lost.public_id])
    return client.post(url, form, follow=True).content.decode()


@pytest.mark.rule("F8")
def test_one_asks_and_two_approve(clients: dict[str, Client]) -> None:
    lost = User.objects.get(name="lost")
    reset(clients["asks"], reason="Phone stolen")
    wish = str(lost.device_resets.get().public_id)

    for name in ("lost", "asks", "first", "first"):
        reset(clients[name], approves=wish)
    assert AuthenticatorApp.objects.filter(user=lost).exists()
    assert "The second factor is reset" in reset(clients["second"], approves=wish)
    assert not AuthenticatorApp.objects.filter(user=lost).exists()
    assert clients["lost"].get("/staff/").status_code == 302


@pytest.mark.rule("F8")
def test_a_form_from_before_approves_nothing(clients: dict[str, Client]) -> None:
    reset(clients["asks"], reason="Phone stolen")

    assert "Look at it first" in reset(clients["first"], reason="Phone stolen")
    assert not User.objects.get(name="lost").device_resets.get().approvals.exists()


@pytest.mark.rule("F8")
def test_nobody_asks_for_their_own_and_customers_have_no_such_page(clients: dict[str, Client]) -> None:
    assert "Nobody resets their own" in reset(clients["lost"], reason="Phone stolen")
    bob = make.user("bob")

    url = reverse("admin:accounts_user_reset_second_factor", args=[bob.public_id])
    assert clients["asks"].get(url).status_code == 404
    assert not User.objects.get(name="lost").device_resets.exists()
