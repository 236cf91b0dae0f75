"""The audit log: what is written stays, in order and in one chain, and holds nothing that people typed."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, NotSupportedError, ProgrammingError, connection, connections, transaction

from accounts import audit, chains
from accounts.audit import Verb
from accounts.models import Account, AuditEvent, Membership, Role
from putler.tenancy import tenant
from tests import make
from tests.accounts.superuser import as_superuser

pytestmark = pytest.mark.django_db
CHANGES = ("UPDATE {} SET verb = 'x'", "DELETE FROM {}", "TRUNCATE {}")
FIRST_DEEDS = (Verb.FILE_RECEIVED, Verb.FILE_ACCEPTED, Verb.FILE_IMPORTED)


@pytest.fixture
def account() -> Account:
    return make.account()


def events(account: Account) -> list[AuditEvent]:
    with tenant(account.pk):
        return list(AuditEvent.objects.filter(account=account).order_by("seq"))


def verbs(account: Account) -> list[str]:
    return [event.verb for event in events(account)]


def write(account: Account | None, *deeds: Verb) -> None:
    for verb in deeds or FIRST_DEEDS:
        audit.record(verb, account_id=account.pk if account else None)


@pytest.mark.rule("A1")
def test_an_event_says_who_did_what_to_what(account: Account) -> None:
    alice = make.user("alice")

    audit.record(Verb.ROLE_CHANGED, account_id=account.pk, actor=alice, subject=account, detail={"role": "viewer"})

    [event] = events(account)
    assert (event.actor, event.verb, event.seq) == (f"user:{alice.public_id}", "role_changed", 1)
    assert (event.subject, event.detail) == (f"account:{account.public_id}", {"role": "viewer"})


@pytest.mark.rule("A1")
@pytest.mark.parametrize("typed", ["ann@example.com", "Ann Smith", "x" * 65, "naïve", "a\nb", '"'])
def test_nothing_that_people_type_fits_into_an_event(account: Account, typed: str) -> None:
    with pytest.raises(ValueError, match="nothing that people typed"):
        audit.record(Verb.SETTINGS_CHANGED, account_id=account.pk, detail={"fields": ["name", typed]})
    with pytest.raises(IntegrityError, match="audit_event_words"):  # nor past our code
        _insert(account, detail=json.dumps({"deep": [{"er": typed}]}))


@pytest.mark.rule("A1")
@pytest.mark.parametrize("words", [{"actor": "ann@example.com"}, {"subject": "Ann"}, {"verb": "Did it"}])
def test_the_database_takes_no_other_words(account: Account, words: dict[str, str]) -> None:
    with pytest.raises(IntegrityError, match="audit_event_words"):
        _insert(account, **words)


def _insert(account: Account, **changed: Any) -> None:
    row: dict[str, Any] = {"account_id": account.pk, "actor": "site", "verb": "exported", "subject": "", "detail": "{}"}
    row |= changed
    marks = ", ".join(["%s"] * len(row))
    statement = f"INSERT INTO accounts_auditevent ({', '.join(row)}) VALUES ({marks})"  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [*row.values()])


@pytest.mark.rule("A2")
@pytest.mark.parametrize("statement", CHANGES)
def test_the_application_changes_nothing(account: Account, statement: str) -> None:
    write(account)

    with pytest.raises(ProgrammingError, match="permission denied"), tenant(account.pk), connection.cursor() as cursor:
        cursor.execute(statement.format("accounts_auditevent"))


@pytest.mark.rule("A2")
@pytest.mark.parametrize("column", ["id", "public_id", "seq", "at", "hash"])
def test_the_application_cannot_write_what_chains_the_events(account: Account, column: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        _insert(account, **{column: None})


@pytest.mark.rule("A2")
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE accounts_auditevent DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DROP TRIGGER chained ON accounts_auditevent",
        "CREATE OR REPLACE FUNCTION public.chain_audit_event() RETURNS trigger LANGUAGE sql AS ''",
        "COPY accounts_auditevent FROM STDIN",
    ],
)
def test_the_application_cannot_get_round_the_triggers(statement: str) -> None:
    refusal = "must be owner|permission denied|COPY FROM not supported"
    with pytest.raises((ProgrammingError, NotSupportedError), match=refusal), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.rule("A2")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", CHANGES)
def test_not_even_a_superuser_changes_an_event_in_passing(account: Account, statement: str) -> None:
    write(account)
    before = [event.hash for event in events(account)]

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever appended to"):
        as_superuser(statement.format("accounts_auditevent"))

    assert [event.hash for event in events(account)] == before


@pytest.mark.rule("A2")
@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize("statement", CHANGES)
def test_nor_does_the_tables_owner(account: Account, statement: str) -> None:
    write(account)
    before = [event.hash for event in events(account)]

    with connections["owner"].cursor() as owner, suppress(ProgrammingError):  # its policies show it nothing to change
        owner.execute(statement.format("accounts_auditevent"))

    assert [event.hash for event in events(account)] == before


@pytest.mark.rule("A3")
def test_each_account_has_its_own_numbers_and_the_staff_too(account: Account) -> None:
    other = make.account("Another shop")
    for log in (account, other, None, account, None):
        audit.record(Verb.EXPORTED, account_id=log.pk if log else None)

    assert [event.seq for event in events(account)] == [1, 2]
    assert [event.seq for event in events(other)] == [1]
    assert [event.seq for event in AuditEvent.objects.filter(account=None).order_by("seq")] == [1, 2]


@pytest.mark.rule("A2")
def test_a_log_is_read_from_within_its_account_alone(account: Account) -> None:
    other = make.account("Another shop")
    write(account)
    audit.record(Verb.STAFF_CHANGED, account_id=None)

    with tenant(other.pk):
        assert {event.account_id for event in AuditEvent.objects.all()} == {None}
    with tenant(account.pk):
        assert {event.account_id for event in AuditEvent.objects.all()} == {None, account.pk}


@pytest.mark.rule("A4")
def test_a_deed_that_is_taken_back_takes_its_event_with_it(account: Account) -> None:
    with transaction.atomic():
        write(account)
        transaction.set_rollback(True)

    assert events(account) == []


@pytest.mark.rule("A3")
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_fifty_events_at_once_make_one_chain(account: Account) -> None:
    def write_one(_: int) -> None:
        write(account, Verb.EXPORTED)
        connection.close()

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(write_one, range(50)))

    assert [event.seq for event in events(account)] == list(range(1, 51))
    assert chains.broken(account.pk) is None


def test_an_event_is_of_who_sends_the_request(account: Account) -> None:
    alice = make.user("alice")
    with audit.acting(lambda: alice):
        write(account, Verb.EXPORTED)
    with audit.acting(AnonymousUser):
        write(account, Verb.EXPORTED)
    write(account, Verb.EXPORTED)

    assert [event.actor for event in events(account)] == [f"user:{alice.public_id}", "nobody", "site"]


def test_what_a_person_does_stands_in_each_of_their_accounts(account: Account) -> None:
    alice, other = make.user("alice"), make.account("Another shop")
    for each in (account, other):
        make.member(each, alice, Role.OWNER)
    gone = make.member(make.account("Left long ago"), alice, Role.VIEWER)
    Membership.objects.filter(pk=gone.pk).update(expires_at=make.NOW)

    audit.record_of_person(alice, Verb.SIGNED_IN)

    assert [(event.actor, event.subject) for event in events(account)] == [(f"user:{alice.public_id}",) * 2]
    assert (verbs(other), verbs(gone.account)) == (["signed_in"], [])


def test_an_address_that_nobody_has_is_named_nowhere(account: Account) -> None:
    make.member(account, make.user("alice"), Role.OWNER)

    audit.record_of_address("Alice@example.com", Verb.SIGN_IN_FAILED)
    audit.record_of_address("mallory@example.com", Verb.SIGN_IN_FAILED)

    assert verbs(account) == ["sign_in_failed"]
    assert [(event.actor, event.subject) for event in AuditEvent.objects.filter(account=None)] == [("nobody", "")]
