"""The command line: a source by its key, and an import in the foreground."""

import io
import sys
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account
from datasources.importing.foreground import ask, import_now
from datasources.models import DataSource, StreamState, Transaction
from datasources.sandbox.server import Sandbox
from datasources.sandbox.wire import told
from datasources.sandbox.world.shop import World
from putler.tenancy import tenant
from tests import make
from tests.importing.conftest import KEY, NOON, Clock, Faults, Importer
from tests.importing.sums import assert_whole

pytestmark = pytest.mark.django_db
REFUSED_KEY = told({"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}, status=401)
STUMBLED = told({"error": {"type": "api_error", "message": "Something went wrong"}}, status=500)


def connect(account: Account, key: str, monkeypatch: pytest.MonkeyPatch, name: str = "My shop") -> str:
    """What connect_source prints."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{key}\n"))
    call_command("connect_source", str(account.public_id), "stripe", "--name", name, stdout=out)
    return out.getvalue()


def read(source: DataSource) -> str:
    """What import_source says on stderr."""
    out, error = io.StringIO(), io.StringIO()
    call_command("import_source", str(source.public_id), stdout=out, stderr=error)
    assert not out.getvalue()
    return error.getvalue()


def test_a_key_from_standard_input_connects_a_source(young_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    account = make.account()
    out = connect(account, KEY, monkeypatch)

    with tenant(account.pk):
        source = DataSource.objects.get(account=account)
    assert out == f"{source.public_id}\n"
    assert (source.name, source.is_test) == ("My shop", True)


@pytest.mark.parametrize("key", ["sk_live_123", "pk_test_123", "", "rk_other_123"])
def test_a_key_that_can_move_money_or_is_none_is_refused(
    young_sandbox: Sandbox, faults: Faults, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    account = make.account()
    with pytest.raises(CommandError) as refused:
        connect(account, key, monkeypatch)

    assert refused.value.returncode == 1
    assert not faults.asked
    assert not key or key not in str(refused.value)


def test_a_key_that_the_provider_refuses_connects_nothing(
    young_sandbox: Sandbox, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make.account()
    faults.when = lambda _: REFUSED_KEY
    with pytest.raises(CommandError, match="Stripe does not accept this access") as refused:
        connect(account, KEY, monkeypatch)

    assert refused.value.returncode == 1
    with tenant(account.pk):
        assert not DataSource.objects.filter(account=account).exists()


def test_an_import_says_what_it_holds(young_importer: Importer) -> None:
    said = read(young_importer.source)

    with tenant(young_importer.account.pk):
        rows = Transaction.objects.filter(account=young_importer.account).count()
    assert said.endswith(f"{young_importer.source.name} holds {rows} rows.\n")
    assert "Everything is read." in said


def test_an_import_of_what_cannot_be_read_exits_with_one(young_importer: Importer, faults: Faults) -> None:
    faults.when = lambda _: REFUSED_KEY
    with pytest.raises(CommandError, match="Stripe does not accept this key") as failed:
        read(young_importer.source)

    assert failed.value.returncode == 1


def test_a_list_that_the_server_does_not_have_is_told_and_no_failure(young_importer: Importer, faults: Faults) -> None:
    faults.always_on("/v1/disputes", told({}, status=404))

    assert "disputes: The server does not offer this.\n" in read(young_importer.source)


def test_a_source_that_nobody_knows_exits_with_two() -> None:
    with pytest.raises(CommandError) as refused:
        call_command("import_source", str(uuid.uuid4()))

    assert refused.value.returncode == 2


def read_now(importer: Importer) -> None:
    import_now(importer.source, report=lambda _: None, clock=importer.clock)


def test_who_asks_reads_all_that_is_new(young_importer: Importer, young_world: World, clock: Clock) -> None:
    read_now(young_importer)
    clock.forward(hours=9)
    read_now(young_importer)

    assert_whole(young_importer.account, young_world, now=clock())


def test_who_asks_again_reads_what_may_have_changed_and_changes_nothing(
    young_importer: Importer, faults: Faults, clock: Clock
) -> None:
    read_now(young_importer)
    with tenant(young_importer.account.pk):
        before = list(Transaction.objects.filter(account=young_importer.account).values_list("pk", "imported_at"))
    faults.asked.clear()
    clock.forward(seconds=1)
    read_now(young_importer)

    own = {state.stream for state in young_importer.states} - {
        "payout_parts"
    }  # lists of their own; parts are asked for by payout
    assert {f"/v1/{stream}" for stream in own} == {request.path for request in faults.asked}
    with tenant(young_importer.account.pk):
        after = list(Transaction.objects.filter(account=young_importer.account).values_list("pk", "imported_at"))
    assert after == before


def test_who_asks_after_a_failure_has_it_tried_again(young_importer: Importer, faults: Faults, clock: Clock) -> None:
    read_now(young_importer)
    clock.forward(minutes=11)
    faults.always_on("/v1/charges", told({}, status=429, headers={"Retry-After": "3600"}))
    young_importer.slice("charges")
    assert young_importer.state("charges").error
    faults.when = lambda _: None
    read_now(young_importer)

    assert not young_importer.state("charges").error
    assert young_importer.state("charges").head_at == NOON + timedelta(minutes=11)


def test_asking_never_reaches_into_a_list_that_is_being_read(young_importer: Importer, clock: Clock) -> None:
    young_importer.run()
    until = clock() + timedelta(seconds=60)
    with tenant(young_importer.account.pk):
        StreamState.objects.filter(account=young_importer.account, stream="charges").update(lease_until=until)
        ask(young_importer.source, now=clock())

    assert young_importer.state("charges").window_kind is None
    assert young_importer.state("refunds").window_kind == "reread"
