"""Trials: their end is told beforehand, pauses figures and imports and nothing else, and can be put off."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from accounts import trials
from accounts.models import Account, Role, TrialExtension
from accounts.trials import TrialError, extend_trial
from putler.tenancy import tenant
from tests import make
from tests.accounts.conftest import mails
from tests.test_permissions import addresses

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# Once a trial has ended. Whoever adds an address of an account adds it here; what exports or deletes never pauses.
PAUSED = {
    "home",
    "sales",
    "customers",
    "customer_list",
    "customer",
    "products",
    "product",
    "transactions",
    "insights",
    "new_goal",
    "goal",
    "connect",
    "connect_consent",
    "connect_callback",
    "connect_key",
    "upload_file",
    "source_months",
    "source_month_rows",
}
WORKS_ON = {
    "source", "pause_source", "resume_source", "read_source_again", "source_hook", "unlink_source", "restore_source",
    "delete_source", "reconciliation", "receipts", "receipt", "receipt_of", "duplicates", "decide_duplicate",
    "exclude_customers", "include_customers", "merge_customer", "part_customer", "merge_product", "part_product",
    "team", "leave_team", "invite", "invite_again", "withdraw_invitation", "member", "remove_member", "hand_over",
    "profile", "notifications", "trial", "new_account", "switch_account", "settings", "business",
    "customer_file", "product_file",
    "audit_log", "export_audit_log", "recomputing", "sales_file", "rows_file", "save_view", "delete_view",
    "delete_goal", "metrics", "metric", "object_to",
    "access", "open_access", "decide_access", "revoke_access", "access_log", "export_access_log",
    "demand_second_factor", "erase_subject", "erase_customer", "close_account", "keep_account", "export_customer",
    "sources", "remove_source", "files", "file_format", "file", "file_reading", "decide_file", "delete_file",
}  # fmt: skip
OF_NO_ACCOUNT = {
    "hook",
    "begin_second_factor_app", "change_email", "change_password", "confirm_email", "drop_email", "end_other_sessions",
    "end_session", "recovery_codes", "remind_of_second_factor_later", "remove_second_factor", "second_factor",
    "second_factor_app", "security", "sessions", "use_email",
    "healthz", "readyz", "account_signup", "confirm_sign_up", "send_code_again", "start", "account_login",
    "account_logout", "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "terms", "privacy", "promises", "security_txt",
    "disclosure", "subprocessors", "dpa", "dpa_text", "agreement", "agreement_key", "agreement_file",
    "confirm_agreement", "sign_agreement",
    "inbox", "inbox_letter", "sudo", "invitation",
    "invitation_key", "privacy_settings", "erasure", "erase_me", "asked_by_mail", "ask_export", "export_file",
    "stop_erasure", "certificate", "certificate_json", "certificate_pdf",
}  # fmt: skip


@pytest.fixture
def account() -> Account:
    account = make.account("Alice’s shop", time_zone="UTC")
    for name, role in (("alice", Role.OWNER), ("bob", Role.VIEWER)):
        make.member(account, make.user(name), role)
    return account


def ends(account: Account, at: datetime) -> datetime:
    Account.objects.filter(pk=account.pk).update(trial_ends_at=at)
    return at


def told() -> list[str]:
    """The subjects of all mails; they go to the owner alone."""
    assert {to for mail in mails() for to in mail.to} <= {"alice@example.com"}
    return [str(mail.subject) for mail in mails()]


def test_every_address_pauses_or_works_on() -> None:
    names = {str(pattern.name) for pattern in addresses(get_resolver().url_patterns)}

    assert names == PAUSED | WORKS_ON | OF_NO_ACCOUNT


@pytest.mark.parametrize("path", ["/", "/transactions/", "/sources/connect/stripe/"])
def test_figures_and_connections_pause_at_the_end(client: Client, account: Account, path: str) -> None:
    client.force_login(account.memberships.get(role=Role.OWNER).user)
    make.prove(client, account.memberships.get(role=Role.OWNER).user)
    ends(account, timezone.now() + DAY)
    assert client.get(path).status_code == 200
    ends(account, timezone.now())

    answer = client.get(path)

    assert answer.status_code == 402
    assert "What still works" in answer.content.decode()


def test_no_file_is_taken_after_the_end(client: Client, account: Account) -> None:
    client.force_login(account.memberships.get(role=Role.OWNER).user)
    ends(account, timezone.now())

    assert client.post("/files/upload/").status_code == 402


@pytest.mark.parametrize("path", ["/settings/team/", "/settings/trial/", "/settings/profile/", "/sources/", "/files/"])
def test_all_else_works_on(client: Client, account: Account, path: str) -> None:
    client.force_login(account.memberships.get(role=Role.OWNER).user)
    ends(account, timezone.now())

    assert client.get(path).status_code == 200


def test_an_account_without_a_trial_never_pauses(account: Account) -> None:
    assert not account.is_paused(now=timezone.now())
    assert not Account.objects.paused(now=timezone.now()).exists()


@pytest.mark.parametrize(("days", "is_shown"), [(8, False), (6, True), (0, False)])
def test_the_last_week_is_announced_on_every_page(
    client: Client, account: Account, days: int, *, is_shown: bool
) -> None:
    client.force_login(account.memberships.get(role=Role.VIEWER).user)
    ends(account, timezone.now() + days * DAY)

    assert ("then figures and imports pause" in client.get("/sources/").content.decode()) is is_shown


def test_owners_are_told_a_week_and_a_day_before_and_at_the_end_once_each(account: Account) -> None:
    end = ends(account, make.NOW)
    for hours in range(-9 * 24, 48):
        trials.tell_of_ends(now=end + timedelta(hours=hours))

    assert told() == [
        "The trial of Alice’s shop ends in 7 days",
        "The trial of Alice’s shop ends in a day",
        "The trial of Alice’s shop has ended",
    ]


def test_what_was_missed_is_not_told_late(account: Account) -> None:
    end = ends(account, make.NOW)
    trials.tell_of_ends(now=end + DAY)

    assert told() == ["The trial of Alice’s shop has ended"]


@pytest.mark.parametrize(("left", "runs"), [(2 * DAY, 12 * DAY), (-5 * DAY, 10 * DAY)])
def test_an_extension_starts_at_the_end_or_now(account: Account, left: timedelta, runs: timedelta) -> None:
    ends(account, make.NOW + left)

    new = extend_trial(account, days=10, reason="They asked.", by="test", now=make.NOW)

    account.refresh_from_db()
    assert new == account.trial_ends_at == make.NOW + runs
    with tenant(account.pk):
        recorded = TrialExtension.objects.get(account=account)
    assert (recorded.days, recorded.reason, recorded.extended_by, recorded.ends_at) == (10, "They asked.", "test", new)


def test_an_extended_trial_is_told_of_again(account: Account) -> None:
    end = ends(account, make.NOW)
    trials.tell_of_ends(now=end)
    new = extend_trial(account, days=10, reason="They asked.", by="test", now=end)
    trials.tell_of_ends(now=new - 7 * DAY)

    assert told() == [
        "The trial of Alice’s shop has ended",
        "The trial of Alice’s shop was extended",
        "The trial of Alice’s shop ends in 7 days",
    ]


@pytest.mark.parametrize("changed", [{"days": 0}, {"days": 367}, {"reason": " "}, {"reason": "x" * 501}])
def test_an_extension_needs_days_and_a_reason(account: Account, changed: dict[str, object]) -> None:
    end = ends(account, make.NOW)

    with pytest.raises(TrialError):
        extend_trial(account, **{"days": 1, "reason": "They asked."} | changed, by="test", now=make.NOW)  # type: ignore[arg-type]

    account.refresh_from_db()
    assert account.trial_ends_at == end


def test_the_command_prints_the_new_end(account: Account) -> None:
    end, out = ends(account, timezone.now() + DAY), StringIO()

    call_command("extend_trial", str(account.public_id), days=3, reason="They asked.", stdout=out)

    assert datetime.fromisoformat(out.getvalue().strip()) == end + 3 * DAY


def test_an_account_that_is_not_on_trial_is_not_extended(account: Account) -> None:
    with pytest.raises(CommandError, match="not on trial"):
        call_command("extend_trial", str(account.public_id), days=3, reason="They asked.")
