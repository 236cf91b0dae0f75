"""Verifying the audit logs: what a superuser did to them shows, and what the years take away does not."""

from datetime import UTC, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import audit, chains, tasks
from accounts.audit import Verb
from accounts.models import Account, AuditEvent
from compliance import retention
from putler.tenancy import tenant
from tests import make
from tests.accounts.conftest import mails
from tests.accounts.superuser import as_superuser

pytestmark = pytest.mark.django_db(transaction=True)
DEEDS = (Verb.FILE_RECEIVED, Verb.FILE_ACCEPTED, Verb.FILE_IMPORTED, Verb.FILE_DELETED)


@pytest.fixture
def account() -> Account:
    account = make.account()
    for verb in DEEDS:
        audit.record(verb, account_id=account.pk)
        audit.record(verb, account_id=None)
    return account


def events(account: Account) -> list[AuditEvent]:
    with tenant(account.pk):
        return list(AuditEvent.objects.filter(account=account).order_by("seq"))


def verify(**options: object) -> str:
    out = StringIO()
    call_command("verify_audit", stdout=out, **options)
    return out.getvalue().strip()


@pytest.mark.rule("A3")
def test_logs_as_written_are_verified(account: Account) -> None:
    assert verify() == "2 logs as written."
    assert verify(account=str(account)) == "1 log as written."


@pytest.mark.rule("A3")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {log} SET verb = 'exported' WHERE seq = 2",
        "UPDATE {log} SET actor = 'nobody' WHERE seq = 2",
        "UPDATE {log} SET subject = 'file:00000000-0000-0000-0000-000000000000' WHERE seq = 2",
        "UPDATE {log} SET detail = '{{\"rows\": 1}}' WHERE seq = 2",
        "UPDATE {log} SET at = at - interval '1 microsecond' WHERE seq = 2",
        "UPDATE {log} SET public_id = gen_random_uuid() WHERE seq = 2",
        "UPDATE {log} SET hash = repeat('0', 64) WHERE seq = 2",
        "UPDATE {log} SET seq = 20 WHERE seq = 2",
        "DELETE FROM {log} WHERE seq = 1",
        "DELETE FROM {log} WHERE seq = 2",
        "DELETE FROM {log} WHERE seq <= 2",
    ],
)
def test_what_a_superuser_changes_in_the_middle_is_named(account: Account, change: str) -> None:
    as_superuser(change.format(log="accounts_auditevent"), without_triggers=True)
    first = min((event for event in events(account) if event.seq >= 2), key=lambda event: event.seq)

    with pytest.raises(CommandError, match="Staff: event") as found:
        verify()

    assert f"Account {account}: event" in str(found.value)
    assert f"event {first.seq} ({first.public_id})" in str(found.value) or "SET" in change


@pytest.mark.rule("A3")
def test_what_is_cut_off_the_end_is_told_by_the_mailed_seal(account: Account) -> None:
    day = timezone.now().astimezone(UTC).date()
    seal = chains.seal(day)
    assert verify(day=day, seal=seal.digest) == "2 logs as written."

    as_superuser("DELETE FROM accounts_auditevent WHERE account_id IS NOT NULL AND seq = 4", without_triggers=True)

    assert verify() == "2 logs as written."
    with pytest.raises(CommandError, match=f"the seal of {day}"):
        verify(day=day, seal=seal.digest)


@pytest.mark.rule("A3")
def test_the_seal_of_yesterday_is_mailed_to_the_security_address(account: Account) -> None:
    as_superuser("UPDATE accounts_auditevent SET at = at - interval '1 day'", without_triggers=True)
    day = (timezone.now().astimezone(UTC) - timedelta(days=1)).date()

    tasks.mail_audit_seal()

    [letter] = mails()
    assert (letter.to, letter.subject) == ([settings.SECURITY_EMAIL], f"Seal of the audit logs, {day}")
    assert chains.seal(day).digest in str(letter.body)
    assert chains.seal(day).logs == 2


@pytest.mark.rule("A2")
def test_events_older_than_two_years_go_and_the_rest_stays_verified(account: Account) -> None:
    kept = events(account)[2].hash
    as_superuser(
        "UPDATE accounts_auditevent SET at = at - interval '2 years 1 hour' WHERE seq <= 2", without_triggers=True
    )

    retention.forget("audit-log", now=timezone.now())
    retention.forget("audit-log", now=timezone.now())  # a job may run twice

    left = events(account)
    assert [(event.seq, event.verb) for event in left] == [
        (3, "file_imported"),
        (4, "file_deleted"),
        (5, "log_shortened"),
    ]
    assert (left[0].hash, left[2].detail["seq"]) == (kept, 2)
    assert verify() == "2 logs as written."


@pytest.mark.rule("A2")
def test_a_log_that_is_old_as_a_whole_goes_on_with_its_next_number(account: Account) -> None:
    as_superuser("UPDATE accounts_auditevent SET at = at - interval '3 years'", without_triggers=True)

    retention.forget("audit-log", now=timezone.now())
    audit.record(Verb.EXPORTED, account_id=account.pk)

    assert [event.seq for event in events(account)] == [5, 6]
    assert verify() == "2 logs as written."


@pytest.mark.rule("A3")
def test_a_pretended_cut_does_not_hide_a_deletion(account: Account) -> None:
    audit.record(Verb.LOG_SHORTENED, account_id=account.pk, detail={"seq": 2, "hash": "0" * 64})
    as_superuser("DELETE FROM accounts_auditevent WHERE seq <= 2", without_triggers=True)

    with pytest.raises(CommandError, match=f"Account {account}: event 3"):
        verify(account=str(account))


@pytest.mark.parametrize("options", [{"account": "nobody"}, {"day": timezone.now().date()}, {"seal": "00"}])
def test_what_cannot_be_verified_is_refused(account: Account, options: dict[str, object]) -> None:
    with pytest.raises(CommandError) as refused:
        verify(**options)

    assert refused.value.returncode == 2
