"""Nobody's first look waits for somebody else's long history."""

from datetime import timedelta

import pytest

from datasources import tasks
from datasources.importing import claims, slices, turns
from datasources.models import DataSource, StreamState
from datasources.sandbox.server import Sandbox
from putler.tenancy import tenant
from tests import make
from tests.importing.conftest import NOON, Clock, Importer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def large(young_sandbox: Sandbox, clock: Clock) -> Importer:
    """An account whose newest month is read, and whose history is not."""
    importer = Importer(make.account("Large"), clock)
    with tenant(importer.account.pk):
        StreamState.objects.update(head_at=NOON, tail_at=NOON - timedelta(days=30))
    return importer


@pytest.fixture
def small(large: Importer, clock: Clock) -> Importer:
    """One that has just been connected."""
    return Importer(make.account("Small"), clock)


def test_a_first_look_comes_before_the_history_of_others(
    large: Importer, small: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[int, int]] = []
    monkeypatch.setattr(tasks, "import_slice", lambda *ids: read.append(ids))
    history = (large.account.pk, large.state("charges").pk)
    tasks.import_stream(*history)

    assert [whose for whose, _ in read[:-1]] == [small.account.pk] * 5
    assert read[-1] == history


def test_a_first_look_gives_way_to_nobody(large: Importer, small: Importer) -> None:
    assert turns.first_reads(small.account.pk, small.state("charges").pk) == []


def test_the_history_of_whoever_has_little_comes_before_that_of_others(large: Importer, small: Importer) -> None:
    history = large.account.pk, large.state("charges").pk
    with tenant(large.account.pk):
        DataSource.objects.update(row_count=5_000)
    with tenant(small.account.pk):
        StreamState.objects.update(head_at=NOON, tail_at=NOON - timedelta(days=30))

    assert {whose for whose, _ in turns.first_reads(*history)} == {small.account.pk}
    assert turns.first_reads(small.account.pk, small.state("charges").pk) == []
    with tenant(small.account.pk):
        DataSource.objects.update(row_count=1_250)
    assert turns.first_reads(*history) == []


def test_those_whose_trial_has_ended_take_no_turn(large: Importer, small: Importer) -> None:
    small.account.trial_ends_at = NOON - timedelta(days=1)
    small.account.save()

    assert turns.first_reads(large.account.pk, large.state("charges").pk) == []
    assert not turns.others_wait(large.account.pk)


def test_others_wait_while_their_history_is_not_read(large: Importer, small: Importer) -> None:
    assert turns.others_wait(large.account.pk)
    small.run()

    assert not turns.others_wait(large.account.pk)
    assert turns.others_wait(small.account.pk)


@pytest.mark.parametrize(
    ("seconds", "is_waited_for", "is_over"), [(1, True, False), (3, True, True), (3, False, False), (21, False, True)]
)
def test_a_turn_is_short_while_others_wait(
    large: Importer, monkeypatch: pytest.MonkeyPatch, seconds: int, is_waited_for: bool, is_over: bool
) -> None:
    monkeypatch.setattr(turns, "others_wait", lambda _: is_waited_for)
    held = claims.claim(large.account.pk, large.state("charges").pk, clock=large.clock)
    assert held

    assert slices._is_over(held, large.clock() - timedelta(seconds=seconds)) is is_over
