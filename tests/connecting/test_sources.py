"""What becomes of a connection: one source an account at the provider, an import that begins, and a clean end."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from django.apps import apps
from django.db import connection, connections, transaction
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from compliance import purging
from datasources.connectors.registry import CONNECTORS
from datasources.connectors.streams import Identity
from datasources.models import StreamState
from datasources.services.connecting import ConnectError, Grant, accept_key, connect
from datasources.services.providers import provider, unseal
from datasources.services.unlinking import unlink
from datasources.tasks import import_stream
from putler.tenancy import TenantModel, tenant
from tests import make
from tests.connecting.conftest import KEY, Asked, Merchant

LISTS = len(CONNECTORS["stripe"].streams)
FEW = ("rk_live_few", "rk_test_few")


def jobs() -> list[tuple[str, tuple[Any, ...], str]]:
    return [(job.task["func"], job.task["args"], job.task["cluster"]) for job in OrmQ.objects.order_by("pk")]


def rows(merchant: Merchant) -> Counter[str]:
    """How many rows each tenant table has of the account."""
    tables: list[Any] = [
        model for model in apps.get_app_config("datasources").get_models() if issubclass(model, TenantModel)
    ]
    with tenant(merchant.account.pk):
        counts = {model.__name__: model.objects.filter(account=merchant.account).count() for model in tables}
    return Counter(
        {name: count for name, count in counts.items() if count and name not in {"OAuthState", "Revocation"}}
    )


def break_off(merchant: Merchant) -> None:
    with tenant(merchant.account.pk):
        merchant.account.sources.update(attention="The key was deleted.")
        StreamState.objects.update(error="The key was deleted.", tries=3, due_at=None)


def test_the_import_of_every_list_is_queued_on_commit_by_ids_alone(
    alice: Merchant, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        alice.connect()

    with tenant(alice.account.pk):
        ids = list(StreamState.objects.order_by("number").values_list("pk", flat=True))
    register, *imports = jobs()  # our sandbox is told where to ring
    assert register == ("datasources.tasks.register_hook", (alice.account.pk, alice.sources[0].pk), "short")
    assert imports == [("datasources.tasks.import_stream", (alice.account.pk, pk), "long") for pk in ids]
    assert len(ids) == LISTS


def test_what_is_taken_back_queues_nothing(
    alice: Merchant, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        accept_key(alice.account, provider("stripe"), KEY, now=timezone.now())
        transaction.set_rollback(True)

    assert (jobs(), alice.sources) == ([], [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["connect", "enter"])
def test_no_transaction_waits_for_the_network(alice: Merchant, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    ask, open_ones = requests.Session.request, []

    def note(*args: Any, **kwargs: Any) -> Any:
        open_ones.append(connection.in_atomic_block)
        return ask(*args, **kwargs)

    monkeypatch.setattr(requests.Session, "request", note)
    assert (alice.connect() if way == "connect" else alice.enter(KEY))["Location"] == "/sources/"

    assert len(open_ones) >= (3 if way == "connect" else 1)
    assert not any(open_ones)


def test_the_same_account_at_the_provider_is_one_source(alice: Merchant) -> None:
    alice.connect()
    alice.connect()
    alice.enter(KEY)

    assert (len(alice.sources), len(alice.credentials)) == (1, 1)
    assert unseal(alice.credentials[0]) == KEY


@pytest.mark.django_db(transaction=True)
def test_two_connections_at_the_same_moment_are_one_source(alice: Merchant) -> None:
    def connect_it(_: int) -> None:
        accept_key(alice.account, provider("stripe"), KEY, now=timezone.now())
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(connect_it, range(4)))
    assert len(alice.sources) == 1


def test_accounts_that_read_the_same_shop_have_a_source_each(alice: Merchant, charlie: Merchant) -> None:
    alice.connect()
    charlie.connect()

    assert (len(alice.sources), len(charlie.sources)) == (1, 1)


@pytest.mark.parametrize("way", ["consent", "key", "consent for it", "key for it"])
def test_connecting_again_mends_a_source_and_goes_on(alice: Merchant, way: str) -> None:
    alice.connect()
    break_off(alice)
    fields = {"source": str(alice.sources[0].public_id)} if way.endswith("for it") else {}

    alice.enter(KEY, **fields) if way.startswith("key") else alice.come_back(alice.decide(alice.begin(**fields)))

    with tenant(alice.account.pk):
        states = list(StreamState.objects.values_list("error", "tries", "due_at"))
    assert [source.attention for source in alice.sources] == [""]
    assert all(state[:2] == ("", 0) and state[2] for state in states)


def test_another_shops_access_does_not_mend_a_source(alice: Merchant) -> None:
    alice.connect()
    break_off(alice)
    with tenant(alice.account.pk):
        alice.account.sources.update(external_account="acct_of_another_shop")

    page = alice.enter(KEY, source=str(alice.sources[0].public_id)).content.decode()

    assert "This access is not to the Stripe account of" in page
    assert alice.sources[0].attention


def test_keys_that_do_not_tell_whose_they_are_are_told_apart_by_themselves(
    alice: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONNECTORS["stripe"], "identify", lambda _: Identity(), raising=False)

    for key in (KEY, KEY, f"{KEY}_of_another_shop"):
        alice.enter(key)

    assert [source.name for source in alice.sources] == ["Stripe", "Stripe 2"]


def test_live_and_test_data_do_not_mix_in_one_source(alice: Merchant) -> None:
    alice.connect()
    live = Grant("sk_test_sandbox", is_live=True, account=alice.sources[0].external_account)

    with pytest.raises(ConnectError, match="holds test data"):
        connect(alice.account, provider("stripe"), live, now=timezone.now())


@pytest.mark.rule("X11")
def test_production_takes_no_consent_to_test_data(alice: Merchant, settings: Settings) -> None:
    address = alice.decide(alice.begin())
    settings.PRODUCTION = True

    alice.come_back(address)

    assert "This is access to test data only." in alice.read()
    assert alice.sources == []


@pytest.mark.rule("X6")
def test_a_name_from_the_provider_is_one_line_of_its_own(alice: Merchant) -> None:
    make.source(alice.account, "My shop")

    accept_key(alice.account, provider("stripe"), KEY, name="My\x00\r\n shop", now=timezone.now())
    accept_key(make.account(), provider("stripe"), KEY, name="x" * 400, now=timezone.now())

    assert [source.name for source in alice.sources] == ["My shop", "My shop 2"]


def test_a_sandbox_goes_with_one_click_and_leaves_nothing(alice: Merchant) -> None:
    make.post(make.source(alice.account, "mine"), make.movement(customer="ann@example.com", lines="TEE 1 1000"))
    before = rows(alice)
    alice.connect()
    source = alice.sources[1]
    with tenant(alice.account.pk):
        states = list(StreamState.objects.order_by("number").values_list("pk", flat=True))
    for pk in states:
        import_stream(alice.account.pk, pk)
    filled = rows(alice)

    answer = alice.client.post(f"/sources/{source.public_id}/removal/")
    purging.purge_source(alice.account.pk, source.pk)

    assert answer["Location"] == "/sources/"
    assert filled["Transaction"] > before["Transaction"]
    assert rows(alice) - Counter(ChangedHour=10**6) == before - Counter(ChangedHour=10**6)


@pytest.mark.rule("C9")
def test_the_secret_of_a_removed_source_is_gone_at_once(alice: Merchant, asked: Asked) -> None:
    alice.connect()
    asked.clear()

    with tenant(alice.account.pk):
        unlink(source=alice.account.sources.get(), now=datetime(2026, 3, 1, tzinfo=UTC))
        import_stream(alice.account.pk, StreamState.objects.order_by("pk").first().pk)  # type: ignore[union-attr]

    assert (alice.credentials, asked) == ([], [])
