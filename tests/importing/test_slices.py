"""One slice of an import: where the next one goes on, and what is counted and told of it."""

from collections.abc import Callable

from accounts.models import Account, OutgoingMail
from datasources.models import Coverage, RefusedRecord, Transaction, coverage
from datasources.sandbox.server import Sandbox
from datasources.sandbox.wire import Answer, Request
from datasources.sandbox.world.shop import World
from putler.tenancy import tenant
from tests.importing.conftest import NOON, Clock, Faults, Importer

CHARGES = "/v1/charges"
OwnerOf = Callable[[Account], str]


def test_a_slice_ends_at_its_budget_and_the_next_goes_on_there(
    young_importer: Importer, young_world: World, faults: Faults, clock: Clock
) -> None:
    def slowly(request: Request) -> None:
        if request.path == CHARGES:
            clock.forward(seconds=25)

    faults.when = slowly
    young_importer.slice("charges")
    state = young_importer.state("charges")
    assert state.position.startswith(("ch_", "py_"))
    assert (state.window_kind, state.lease_until) == ("head", None)
    faults.asked.clear()
    faults.when = lambda _: None
    young_importer.slice("charges")

    assert f"starting_after={state.position}" in faults.asked[0].query
    assert young_importer.state("charges").head_at == NOON


def test_a_runs_counts_are_true(young_importer: Importer) -> None:
    young_importer.run()

    (run,) = young_importer.runs
    with tenant(young_importer.account.pk):
        assert run.rows_new == Transaction.objects.filter(account=young_importer.account).count()
    assert run.rows_read >= run.rows_new
    assert (run.state, run.rows_refused, run.rows_test) == ("done", 0, 0)


def test_a_look_that_finds_nothing_leaves_no_run(young_importer: Importer, young_world: World, clock: Clock) -> None:
    young_importer.run()
    clock.forward(minutes=11)
    times = [payment.at for payment in young_world.facts.payments if NOON < payment.at <= clock()]
    young_importer.run()

    assert not times
    assert len(young_importer.runs) == 1


def test_what_is_new_is_a_run_of_its_own(young_importer: Importer, clock: Clock) -> None:
    young_importer.run()
    clock.forward(hours=20)
    young_importer.run()

    first, later = young_importer.runs
    assert first.rows_new > later.rows_new > 0


def refused(importer: Importer) -> list[tuple[str, str]]:
    """The payouts that were refused, and why."""
    with tenant(importer.account.pk):
        kept = RefusedRecord.objects.filter(account=importer.account, stream="payouts")
        return list(kept.values_list("ref", "reason"))


def in_unknown_currency(answer: Answer) -> Answer:
    return Answer(answer.status, answer.body.replace(b'"currency": "eur"', b'"currency": "zzz"'), answer.kind)


def test_a_record_that_cannot_be_is_kept_by_its_id_and_the_rest_goes_in(
    young_importer: Importer, young_sandbox: Sandbox, faults: Faults, clock: Clock
) -> None:
    handle = young_sandbox.stripe.handle
    faults.when = lambda request: in_unknown_currency(handle(request)) if request.path == "/v1/payouts" else None
    young_importer.run()
    first = refused(young_importer)
    clock.forward(days=1, minutes=11)
    young_importer.run()

    known = refused(young_importer)
    assert first
    assert set(first) <= set(known)
    assert len(known) == len(set(known)) == sum(run.rows_refused for run in young_importer.runs)
    assert {reason for _, reason in known} == {"“ZZZ” is not an ISO 4217 currency code."}
    assert young_importer.state("payouts").is_complete


def test_a_long_import_is_told_of_once(young_importer: Importer, owner_of: OwnerOf, clock: Clock) -> None:
    owner_of(young_importer.account)
    young_importer.slice("charges")
    clock.forward(minutes=3)
    young_importer.run()
    assert OutgoingMail.objects.count() == 1

    for _ in range(2):
        clock.forward(days=1)
        young_importer.run()
    assert OutgoingMail.objects.count() == 1


def test_a_short_import_is_not_told_of(young_importer: Importer, owner_of: OwnerOf) -> None:
    owner_of(young_importer.account)
    young_importer.run()

    assert not OutgoingMail.objects.exists()


def test_what_is_read_is_told_truly(young_importer: Importer) -> None:
    assert coverage(young_importer.states) == Coverage(None, None, is_whole=False)
    young_importer.run()

    assert coverage(young_importer.states) == Coverage(None, NOON, is_whole=True)


def test_rows_of_the_other_mode_are_left_out_and_counted(young_importer: Importer) -> None:
    with tenant(young_importer.account.pk):
        young_importer.source.is_test = False
        young_importer.source.save(update_fields=["is_test"])
    young_importer.slice("customers")

    (run,) = young_importer.runs
    assert run.rows_test == run.rows_read > 0


def test_a_source_that_is_unlinked_is_read_no_more(young_importer: Importer, clock: Clock, faults: Faults) -> None:
    with tenant(young_importer.account.pk):
        young_importer.source.unlinked_at = clock()
        young_importer.source.save(update_fields=["unlinked_at"])
    faults.asked.clear()
    young_importer.slice("charges")

    assert not faults.asked
    assert young_importer.state("charges").due_at is None
