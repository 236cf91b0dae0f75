"""What an import does when a provider fails: wait, ask the merchant, or leave the list alone."""

import time
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import pytest

from accounts.models import Account, OutgoingMail
from datasources.connectors import http
from datasources.importing import parking
from datasources.importing.claims import LEASE
from datasources.sandbox.wire import Answer, Request, told
from datasources.sandbox.world.shop import World
from datasources.services.connecting import accept_key
from datasources.services.providers import provider
from putler.tenancy import tenant
from tests.importing.conftest import KEY, NOON, Clock, Faults, Importer
from tests.importing.sums import assert_whole

CHARGES, MONEY = "/v1/charges", "/v1/balance_transactions"
REFUSED_KEY = told({"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}, status=401)
STUMBLED = told({"error": {"type": "api_error", "message": "Something went wrong"}}, status=500)
OwnerOf = Callable[[Account], str]


class Cut(bytes):
    """A body that announces more than it has."""

    def __len__(self) -> int:
        return super().__len__() + 100


BROKEN: dict[str, Answer] = {
    "too many requests": told({}, status=429),
    "a failure": STUMBLED,
    "no JSON": Answer(200, b'{"object": "list", "data": [{"id": "ch_'),
    "a cut body": Answer(200, Cut(b'{"object": "list", "data": ['), headers={"Connection": "close"}),
    "an empty page that promises more": told({"object": "list", "data": [], "has_more": True}),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_answer_is_asked_for_again(
    young_importer: Importer, young_world: World, faults: Faults, fault: str
) -> None:
    faults.on(CHARGES, BROKEN[fault])
    young_importer.slice("charges")
    state = young_importer.state("charges")
    if state.error:  # its answer could be read, so that only another job tries again
        assert (state.tries, state.lease_until) == (1, None)

    young_importer.run()
    assert not young_importer.state("charges").error
    assert_whole(young_importer.account, young_world, now=young_importer.clock())


def test_a_pause_that_the_provider_asks_for_is_kept(young_importer: Importer, faults: Faults, clock: Clock) -> None:
    faults.on(CHARGES, told({}, status=429, headers={"Retry-After": "3"}))
    young_importer.slice("charges")

    assert clock() == NOON + timedelta(seconds=3)
    assert not young_importer.state("charges").error


@pytest.mark.parametrize(("wish", "seconds"), [("120", 120), ("99999999999999", 24 * 3600)])
def test_a_long_pause_is_kept_by_the_list_and_not_by_the_worker(
    young_importer: Importer, faults: Faults, clock: Clock, wish: str, seconds: int
) -> None:
    faults.on(CHARGES, told({}, status=429, headers={"Retry-After": wish}))
    young_importer.slice("charges")

    state = young_importer.state("charges")
    assert (state.due_at, state.lease_until, clock()) == (NOON + timedelta(seconds=seconds), None, NOON)
    assert state.error == "The provider answered with status 429."


def test_a_list_that_goes_on_failing_is_tried_ever_more_rarely(young_importer: Importer, faults: Faults) -> None:
    faults.always_on(MONEY, STUMBLED)
    pauses = []
    for _ in range(9):
        young_importer.slice("balance_transactions")
        state = young_importer.state("balance_transactions")
        assert state.due_at
        pauses.append(state.due_at - young_importer.clock())

    assert pauses[0] < timedelta(seconds=16) < pauses[2] < pauses[4] < pauses[8] <= parking.LONGEST_BACK_OFF


def test_a_server_that_hangs_is_given_up_on(
    young_importer: Importer, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", (5, 0.1))
    monkeypatch.setattr(http, "LAST_TRY", 0.25)

    def hang(request: Request) -> None:
        if request.path == CHARGES:
            time.sleep(0.3)

    faults.when = hang
    young_importer.slice("charges")

    assert young_importer.state("charges").error == "The provider could not be reached."
    assert len([request for request in faults.asked if request.path == CHARGES]) < http.TRIES


def test_a_worker_gives_up_before_its_lease_ends() -> None:
    connect, read = http.TIMEOUT

    assert http.LAST_TRY + connect + read < LEASE.total_seconds()


def test_a_key_that_is_refused_in_the_middle_stops_all_lists_and_is_told_once(
    young_importer: Importer, faults: Faults, owner_of: OwnerOf
) -> None:
    owner_of(young_importer.account)
    young_importer.slice("charges")
    faults.when = lambda _: REFUSED_KEY
    for state in young_importer.states:
        young_importer.slice(state.stream)

    with tenant(young_importer.account.pk):
        young_importer.source.refresh_from_db()
    assert young_importer.source.attention.startswith("Stripe does not accept this key")
    assert {state.due_at for state in young_importer.states} == {None}
    assert [run.state for run in young_importer.runs] == ["failed"]
    assert OutgoingMail.objects.count() == 1


def test_new_access_goes_on_where_the_old_one_ended(
    young_importer: Importer, young_world: World, faults: Faults, clock: Clock
) -> None:
    young_importer.slice("charges")
    faults.when = lambda _: REFUSED_KEY
    young_importer.step()
    held = young_importer.state("charges").head_at
    faults.when = lambda _: None
    again = accept_key(young_importer.account, provider("stripe"), KEY + "_2", now=clock())

    assert (again, again.attention) == (young_importer.source, "")
    assert {state.due_at for state in young_importer.states} == {clock()}
    young_importer.run()
    assert young_importer.state("charges").head_at == held
    assert_whole(young_importer.account, young_world, now=young_importer.clock())


def test_a_list_that_the_server_does_not_have_leaves_the_others_alone(young_importer: Importer, faults: Faults) -> None:
    faults.always_on("/v1/disputes", told({}, status=HTTPStatus.NOT_FOUND))
    young_importer.run()

    states = {state.stream: state for state in young_importer.states}
    refused = states.pop("disputes")
    assert (refused.is_refused, refused.error) == (True, "The server does not offer this.")
    assert refused.due_at == NOON + timedelta(days=1)
    assert all(state.is_complete and not state.error for state in states.values())
    assert [run.state for run in young_importer.runs] == ["done"]


def test_a_server_that_refuses_filters_is_read_whole(
    young_importer: Importer, young_world: World, faults: Faults
) -> None:
    refusal = told({"error": {"type": "invalid_request_error", "message": "Unknown parameter: created"}}, status=400)
    faults.when = lambda request: refusal if "created" in request.query else None
    young_importer.run()

    dated = [state for state in young_importer.states if state.stream != "balance"]  # which is told for the present
    assert all(state.is_unfiltered and state.is_complete for state in dated)
    assert_whole(young_importer.account, young_world, now=young_importer.clock())


def test_an_outage_does_not_make_a_list_be_read_whole(young_importer: Importer, faults: Faults, clock: Clock) -> None:
    young_importer.run()
    clock.forward(minutes=11)
    faults.always_on(CHARGES, STUMBLED)
    for _ in range(5):
        young_importer.slice("charges")
    faults.when = lambda _: None
    young_importer.slice("charges")

    assert not young_importer.state("charges").is_unfiltered
    assert young_importer.state("charges").head_at == NOON + timedelta(minutes=11)


def test_a_list_that_was_never_read_is_asked_for_whole_after_three_failures(
    young_importer: Importer, faults: Faults
) -> None:
    faults.when = lambda request: STUMBLED if "created" in request.query else None
    for _ in range(4):
        young_importer.slice("charges")

    assert young_importer.state("charges").is_unfiltered
