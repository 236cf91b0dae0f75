"""Which addresses ask for fresh proof of who is there. Whoever adds one that guards an account adds its line here."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from accounts.models import Role, User
from tests import make
from tests.test_permissions import addresses

pytestmark = [pytest.mark.django_db, pytest.mark.rule("P11")]

# name of an address → the method that it takes, its parts, and the page to come back to
PROVIDER = {"slug": "stripe"}
SOMEBODY = uuid.uuid4()
SOURCE = uuid.uuid4()
SENSITIVE: dict[str, tuple[str, dict[str, Any], str]] = {
    "connect": ("get", PROVIDER, "/sources/connect/stripe/"),
    "connect_consent": ("post", PROVIDER, "/sources/connect/stripe/"),
    "connect_key": ("post", PROVIDER, "/sources/connect/stripe/"),
    "delete_source": ("get", {"public_id": SOURCE}, f"/sources/{SOURCE}/deletion/"),
    "remove_source": ("post", {"public_id": uuid.uuid4()}, "/sources/"),
    "leave_team": ("post", {}, "/settings/team/"),
    "invite": ("post", {}, "/settings/team/"),
    "invite_again": ("post", {"public_id": uuid.uuid4()}, "/settings/team/"),
    "withdraw_invitation": ("post", {"public_id": uuid.uuid4()}, "/settings/team/"),
    "member": ("get", {"public_id": SOMEBODY}, f"/settings/team/{SOMEBODY}/"),
    "remove_member": ("post", {"public_id": SOMEBODY}, f"/settings/team/{SOMEBODY}/"),
    "hand_over": ("post", {"public_id": SOMEBODY}, f"/settings/team/{SOMEBODY}/"),
    "erase_subject": ("get", {}, "/settings/privacy/customer/"),
    "erase_customer": ("get", {"public_id": SOMEBODY}, f"/customers/{SOMEBODY}/erasure/"),
    "erase_me": ("get", {}, "/settings/privacy/leaving/"),
    "close_account": ("get", {}, "/settings/privacy/closing/"),
    "keep_account": ("post", {}, "/settings/privacy/"),
    "asked_by_mail": ("get", {"public_id": SOMEBODY}, f"/settings/privacy/asked/{SOMEBODY}/"),
    "ask_export": ("post", {}, "/settings/privacy/"),
    "export_customer": ("post", {"public_id": SOMEBODY}, f"/customers/{SOMEBODY}/"),
    "second_factor_app": ("get", {}, "/settings/security/app/"),
    "begin_second_factor_app": ("post", {}, "/settings/security/app/"),
    "remove_second_factor": ("get", {}, "/settings/security/app/removal/"),
    "recovery_codes": ("get", {}, "/settings/security/recovery-codes/"),
    "demand_second_factor": ("post", {}, "/settings/security/"),
    "export_audit_log": ("post", {}, "/settings/audit/"),
    "open_access": ("post", {}, "/settings/access/"),
    "decide_access": ("post", {"public_id": SOMEBODY}, "/settings/access/"),
    "revoke_access": ("post", {"public_id": SOMEBODY}, "/settings/access/"),
    "export_access_log": ("post", {}, "/settings/access/log/"),
    "change_password": ("get", {}, "/settings/password/"),
    "change_email": ("get", {}, "/settings/email/"),
    "use_email": ("get", {}, "/settings/email/use/"),
}
INSIDE = {"connect_callback"}  # asks after it knows who came back: tests/connecting/test_consent.py


@pytest.fixture
def alice() -> User:
    user = make.user("alice")
    make.member(make.account(), user, Role.OWNER)
    return user


def ask(client: Client, name: str, **more: Any) -> HttpResponse:
    method, parts, _ = SENSITIVE[name]
    answer: HttpResponse = getattr(client, method)(reverse(name, kwargs=parts), **more)
    return answer


def test_every_address_that_asks_for_proof_is_listed() -> None:
    asking = {
        str(pattern.name)
        for pattern in addresses(get_resolver().url_patterns)
        if getattr(pattern.callback, "needs_sudo", False)
    }

    assert asking == set(SENSITIVE)


@pytest.mark.parametrize("name", SENSITIVE)
def test_without_fresh_proof_it_is_asked_for(client: Client, alice: User, name: str) -> None:
    client.force_login(alice)

    assert ask(client, name)["Location"] == f"/confirm/?next={SENSITIVE[name][2]}"


@pytest.mark.parametrize("name", SENSITIVE)
def test_proof_is_fresh_for_ten_minutes(
    client: Client, alice: User, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(alice)
    make.prove(client, alice)
    now = timezone.now()

    monkeypatch.setattr("accounts.sudo.timezone.now", lambda: now + timedelta(seconds=590))
    assert not ask(client, name).headers.get("Location", "").startswith("/confirm/")
    monkeypatch.setattr("accounts.sudo.timezone.now", lambda: now + timedelta(seconds=601))
    assert ask(client, name)["Location"].startswith("/confirm/")


@pytest.mark.parametrize("name", SENSITIVE)
def test_nothing_of_the_request_but_its_path_is_kept(client: Client, alice: User, name: str) -> None:
    client.force_login(alice)
    answer = ask(client, name, data={"key": "rk_live_canary", "code": "canary"})

    assert "canary" not in answer["Location"]
    assert "canary" not in str(dict(client.session))


@pytest.mark.parametrize("name", SENSITIVE)
def test_a_part_of_a_page_sends_the_whole_browser(client: Client, alice: User, name: str) -> None:
    client.force_login(alice)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/sources/?from=2026-01-01"}

    answer = ask(client, name, headers=headers)

    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/confirm/?next=/sources/")
