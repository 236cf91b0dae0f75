"""A key that is typed in is sealed at once and told to nobody; what is sealed opens in its own place alone."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_q.models import OrmQ
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from datasources.models import Credential
from datasources.services.providers import unseal
from putler.kernel.encryption import SealError
from putler.tenancy import tenant
from tests.connecting.conftest import KEY, Asked, Merchant

WRONG = (
    "sk_live_canary",
    "pk_live_canary",
    "canary",
    "rk_test_canary\u20ac",
    "rk_test_canary canary",
    "rk_test_canary\nX-Evil: 1",
    "rk_test_canary_of_nobody",
    "rk_test_canary" + "x" * 600,
)


TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""


def everything(merchant: Merchant) -> str:
    """Every row of every table as the account sees them: sessions, queue and mails included."""
    with tenant(merchant.account.pk), connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        told = []
        for table in tables:
            cursor.execute(f'SELECT "{table}"::text FROM "{table}"')  # noqa: S608  names from the catalog
            told += [str(row) for row in cursor.fetchall()]
        jobs = [str(job.task) for job in OrmQ.objects.all()]
        return "\n".join(told + jobs)


@pytest.mark.rule("C6")
def test_a_key_makes_a_source_and_is_found_nowhere_again(
    alice: Merchant, said: StringIO, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = alice.enter(KEY)

    (credential,) = alice.credentials
    pages = [answer.content.decode(), *(alice.client.get(url).content.decode() for url in ("/sources/", "/"))]
    assert (answer["Location"], unseal(credential), credential.ending) == ("/sources/", KEY, "nary")
    assert not [text for text in (*pages, everything(alice), said.getvalue()) if KEY in text]


@pytest.mark.rule("C6")
@pytest.mark.parametrize("key", WRONG)
def test_a_key_that_is_refused_is_repeated_nowhere(alice: Merchant, said: StringIO, key: str) -> None:
    answer = alice.enter(key)

    assert (answer.status_code, alice.sources) == (422, [])
    assert 'role="alert"' in answer.content.decode()
    assert not [text for text in (answer.content.decode(), everything(alice), said.getvalue()) if "canary" in text]


@pytest.mark.rule("C6")
@pytest.mark.parametrize("key", ["sk_live_canary", "pk_live_canary", "rk_test_canary\u20ac"])
def test_what_is_no_restricted_key_is_sent_nowhere(alice: Merchant, asked: Asked, key: str) -> None:
    page = alice.enter(key).content.decode()

    assert "This is not the kind of key that is needed" in page
    assert asked == []


@pytest.mark.rule("C6")
def test_no_key_at_all_is_refused_too(alice: Merchant) -> None:
    answer = alice.enter(" ")

    assert (answer.status_code, "Enter a key first." in answer.content.decode()) == (422, True)


@pytest.mark.rule("C6")
def test_a_failure_repeats_no_key(alice: Merchant, said: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("datasources.services.connecting.connect", fail)
    alice.client.raise_request_exception = False

    answer = alice.enter(KEY)

    assert answer.status_code == 500
    assert not [text for text in (answer.content.decode(), said.getvalue()) if KEY in text]


@pytest.mark.rule("C6")
@pytest.mark.parametrize("key", ["rk_test_sandbox", "sk_test_sandbox"])
def test_production_takes_no_key_to_test_data(alice: Merchant, asked: Asked, settings: Settings, key: str) -> None:
    settings.PRODUCTION = True

    page = alice.enter(key).content.decode()

    assert "This is access to test data only." in page
    assert (asked, alice.sources) == ([], [])


@pytest.mark.rule("C7")
def test_a_sealed_key_opens_for_its_own_source_alone(alice: Merchant, charlie: Merchant) -> None:
    alice.enter(KEY)
    alice.enter("rk_test_sandbox_other", source="")
    charlie.enter("rk_test_sandbox_of_charlie")
    (own,), (strange,) = alice.credentials, charlie.credentials

    strange.sealed = own.sealed

    with pytest.raises(SealError):
        unseal(strange)


@pytest.mark.rule("C7")
def test_a_sealed_key_moved_to_another_source_of_the_account_does_not_open(alice: Merchant) -> None:
    alice.enter(KEY)
    with tenant(alice.account.pk):
        first = Credential.objects.select_related("source").get()
        alice.account.sources.update(external_account="another")
    alice.enter("rk_test_sandbox_second")
    second = alice.credentials[1]

    second.sealed = first.sealed

    with pytest.raises(SealError):
        unseal(second)


def run(alice: Merchant, monkeypatch: pytest.MonkeyPatch, key: str, *arguments: str) -> Any:
    out = StringIO()
    monkeypatch.setattr("sys.stdin", StringIO(f"{key}\n"))
    call_command("connect_source", str(alice.account.public_id), "stripe", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_reads_a_key_and_prints_the_source(alice: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(alice, monkeypatch, "sk_test_sandbox", "--name", "My shop")

    (source,) = alice.sources
    assert (told, source.name) == (f"{source.public_id}\n", "My shop")


@pytest.mark.rule("C6")
def test_the_command_repeats_no_key_that_it_refuses(alice: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError) as refused:
        run(alice, monkeypatch, "sk_live_canary", "--name", "My shop")

    assert "canary" not in str(refused.value)
    assert alice.sources == []
