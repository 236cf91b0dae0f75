"""Tries end: a list that goes on failing is given up with a sentence and a mail, whoever's fault it is."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.models import Account, OutgoingMail
from datasources.connectors.stripe import catalogue, connector
from datasources.importing.claims import MOST_TRIES
from datasources.models import Credential, StreamState
from datasources.sandbox.wire import told
from datasources.sandbox.world.shop import World
from datasources.services.connecting import accept_key
from datasources.services.providers import provider
from putler.tenancy import tenant
from tests.importing.conftest import KEY, NOON, Clock, Faults, Importer
from tests.importing.sums import assert_whole

STUMBLED = told({"error": {"type": "api_error", "message": "Something went wrong"}}, status=500)
OwnerOf = Callable[[Account], str]


def exhaust(importer: Importer, name: str) -> None:
    """Let the list fail until it is tried no more."""
    for _ in range(MOST_TRIES + 3):
        state = importer.state(name)
        if state.due_at is None:
            return
        importer.clock.now = max(importer.clock(), state.due_at)
        importer.slice(name)


def attention(importer: Importer) -> str:
    with tenant(importer.account.pk):
        importer.source.refresh_from_db()
    return importer.source.attention


def test_a_list_that_fails_for_a_day_is_given_up_and_the_others_are_read(
    young_importer: Importer, faults: Faults, owner_of: OwnerOf
) -> None:
    owner_of(young_importer.account)
    faults.always_on("/v1/disputes", STUMBLED)
    exhaust(young_importer, "disputes")

    state = young_importer.state("disputes")
    assert (state.due_at, state.lease_until, state.tries) == (None, None, MOST_TRIES)
    assert "Connect Stripe again" in state.error
    assert timedelta(hours=12) < young_importer.clock() - NOON < timedelta(days=2)
    assert (attention(young_importer), OutgoingMail.objects.count()) == ("", 1)


def test_a_source_of_which_no_list_works_asks_for_attention_once(
    young_importer: Importer, faults: Faults, owner_of: OwnerOf
) -> None:
    owner_of(young_importer.account)
    faults.when = lambda _: STUMBLED
    with tenant(young_importer.account.pk):
        StreamState.objects.update(tries=MOST_TRIES - 1, error="Down.")
    for state in young_importer.states:
        young_importer.slice(state.stream)

    assert "Connect Stripe again" in attention(young_importer)
    assert {state.due_at for state in young_importer.states} == {None}
    assert OutgoingMail.objects.count() == 1


def test_connecting_again_goes_on_with_what_was_given_up(
    young_importer: Importer, young_world: World, faults: Faults, clock: Clock
) -> None:
    faults.always_on("/v1/disputes", STUMBLED)
    exhaust(young_importer, "disputes")
    faults.when = lambda _: None
    accept_key(young_importer.account, provider("stripe"), KEY + "_2", now=clock())
    young_importer.run()

    assert young_importer.state("disputes").is_complete
    assert_whole(young_importer.account, young_world, now=clock())


def test_an_error_of_ours_is_counted_seen_and_ends(
    young_importer: Importer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(connector._DRAFTS, "products", lambda _: 1 / 0)
    young_importer.slice("products")
    state = young_importer.state("products")
    assert (state.tries, state.lease_until) == (1, None)
    assert "ZeroDivisionError" in caplog.text

    exhaust(young_importer, "products")
    assert young_importer.state("products").due_at is None
    monkeypatch.setitem(connector._DRAFTS, "products", catalogue.from_product)


def test_a_list_that_kills_its_workers_is_given_up(young_importer: Importer, clock: Clock, faults: Faults) -> None:
    with tenant(young_importer.account.pk):
        lost = {"lease_until": clock() - timedelta(seconds=1), "tries": MOST_TRIES - 1}
        StreamState.objects.filter(stream="charges").update(**lost)
    faults.asked.clear()
    young_importer.slice("charges")

    state = young_importer.state("charges")
    assert (state.due_at, state.error.startswith("The worker that read this list died")) == (None, True)
    assert not faults.asked


def test_access_that_cannot_be_opened_is_asked_for_again(young_importer: Importer) -> None:
    with tenant(young_importer.account.pk):
        Credential.objects.update(sealed="v1.k9.AAAA.AAAA")
    young_importer.slice("charges")

    assert attention(young_importer) == "What let Putler read this source cannot be opened. Connect it again."


def test_all_lists_of_a_source_keep_away_when_one_is_told_to(
    young_importer: Importer, faults: Faults, clock: Clock
) -> None:
    faults.on("/v1/charges", told({}, status=429, headers={"Retry-After": "600"}))
    young_importer.slice("charges")
    faults.asked.clear()
    young_importer.slice("refunds")

    assert not faults.asked
    assert young_importer.state("refunds").due_at == clock() + timedelta(seconds=600)
    clock.forward(seconds=601)
    young_importer.slice("refunds")
    assert faults.asked


def test_all_lists_of_a_source_share_one_pace(
    young_importer: Importer, monkeypatch: pytest.MonkeyPatch, clock: Clock, faults: Faults
) -> None:
    monkeypatch.setattr(connector.Stripe, "per_second", 2)
    faults.asked.clear()
    young_importer.run()

    assert (clock() - NOON).total_seconds() >= len(faults.asked) / 2 - 2
