"""What the page says of an import: counted, never guessed where nobody knows."""

from datetime import timedelta

import pytest

from datasources.models import Coverage, StreamState, Transaction, coverage
from datasources.sandbox.wire import told
from datasources.services.progress import Progress, progress_of
from putler.tenancy import tenant
from tests import make
from tests.importing.conftest import NOON, Clock, Faults, Importer

pytestmark = pytest.mark.django_db
FLOOR = NOON - timedelta(days=100)


def state(*, tail: int | None = None, head: int = 0, is_refused: bool = False) -> StreamState:
    """A list that is read from `tail` to `head` days before noon, and may be read back to a hundred."""
    ends = {} if tail is None else {"tail_at": NOON - timedelta(days=tail), "head_at": NOON - timedelta(days=head)}
    return StreamState(stream="charges", floor_at=FLOOR, is_refused=is_refused, **ends)


def told_of(importer: Importer) -> Progress:
    with tenant(importer.account.pk):
        (one,) = progress_of(importer.account, now=importer.clock())
        return one


def days(count: int) -> timedelta:
    return timedelta(days=count)


@pytest.mark.parametrize(
    ("states", "covered"),
    [
        ([], Coverage(None, None, is_whole=False)),
        ([state()], Coverage(None, None, is_whole=False)),
        ([state(tail=30), state()], Coverage(None, NOON, is_whole=False)),
        ([state(tail=30), state(tail=60)], Coverage(NOON - days(30), NOON, is_whole=False)),
        ([state(tail=30, head=1), state(tail=100)], Coverage(NOON - days(30), NOON - days(1), is_whole=False)),
        ([state(tail=100), state(tail=100, head=2)], Coverage(None, NOON - days(2), is_whole=True)),
        ([state(tail=100), state(is_refused=True)], Coverage(None, NOON, is_whole=True)),
        ([state(is_refused=True)], Coverage(None, None, is_whole=True)),  # nothing more will come
    ],
)
def test_coverage_is_what_all_lists_have_in_common(states: list[StreamState], covered: Coverage) -> None:
    assert coverage(states) == covered


def test_nothing_is_known_before_the_first_page(young_importer: Importer) -> None:
    found = told_of(young_importer)

    assert (found.rows, found.first, found.share, found.left, found.rate, found.run) == (0, None, None, None, 0, None)
    assert found.is_importing


def test_rows_and_rate_are_counted(young_importer: Importer, clock: Clock) -> None:
    young_importer.slice("charges")
    clock.forward(seconds=10)
    found = told_of(young_importer)

    assert found.run
    assert found.rate == round(found.run.rows_read / 10) > 0
    with tenant(young_importer.account.pk):
        assert found.rows == Transaction.objects.filter(account=young_importer.account).count() == found.run.rows_new


def test_the_share_is_of_the_time_that_is_to_be_read(young_importer: Importer) -> None:
    young_importer.step()
    states = [state for state in young_importer.states if not state.is_refused]
    done, whole = timedelta(), timedelta()
    for state in states:
        assert state.head_at
        assert state.tail_at
        done, whole = done + state.head_at - state.tail_at, whole + state.head_at - state.floor_at

    assert told_of(young_importer).share == round(100 * (done / whole)) < 100


def test_the_time_left_is_told_once_all_lists_have_begun(young_importer: Importer, clock: Clock) -> None:
    young_importer.slice("charges")
    clock.forward(seconds=60)
    assert told_of(young_importer).left is None

    young_importer.step()
    found = told_of(young_importer)
    assert found.share
    assert found.left
    assert found.left.total_seconds() == pytest.approx(60 * (100 - found.share) / found.share, rel=0.2)


def test_an_import_that_is_through_has_nothing_left(young_importer: Importer) -> None:
    young_importer.run()
    found = told_of(young_importer)

    assert (found.share, found.left, found.run, found.is_importing) == (100, None, None, False)
    assert found.covered == Coverage(None, NOON, is_whole=True)
    assert not any(stream.state.window_kind for stream in found.streams)


def test_lists_with_trouble_are_named(young_importer: Importer, faults: Faults) -> None:
    faults.always_on("/v1/disputes", told({}, status=404))
    young_importer.run()

    assert [trouble.labels for trouble in told_of(young_importer).troubles] == ["Disputes"]


def test_a_source_that_asks_for_attention_is_not_importing(young_importer: Importer) -> None:
    with tenant(young_importer.account.pk):
        young_importer.source.attention = "Connect it again."
        young_importer.source.save(update_fields=["attention"])

    assert not told_of(young_importer).is_importing


def test_a_file_is_a_source_without_lists(young_importer: Importer) -> None:
    account = make.account()
    make.post(make.source(account, "shop"), make.movement())
    with tenant(account.pk):
        (found,) = progress_of(account, now=NOON)

    assert (found.label, found.rows, found.streams, found.is_importing) == ("File", 1, (), False)
