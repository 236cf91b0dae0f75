"""What a merchant asks of a source: to pause, to go on, to come back, to read some days again."""

from datetime import UTC, datetime, timedelta

import pytest

from datasources.models import DataSource, ImportRun, RunState, Superseded, Transaction
from datasources.sandbox.world.shop import World
from datasources.services import resting, unlinking
from datasources.services.connecting import accept_key
from datasources.services.providers import provider
from putler.kernel.periods import Interval
from putler.tenancy import tenant
from tests.importing.conftest import KEY, NOON, Clock, Faults, Importer
from tests.importing.sums import assert_whole

pytestmark = pytest.mark.django_db
SPAN = Interval(datetime(2026, 2, 12, tzinfo=UTC), datetime(2026, 2, 14, tzinfo=UTC))


def pause(importer: Importer) -> None:
    with tenant(importer.account.pk):
        resting.pause(importer.source, now=importer.clock())


def rows(importer: Importer) -> int:
    with tenant(importer.account.pk):
        return Transaction.objects.filter(source=importer.source).count()


def superseded(importer: Importer) -> int:
    with tenant(importer.account.pk):
        return Superseded.objects.filter(transaction__source=importer.source).count()


def counted(importer: Importer) -> int:
    with tenant(importer.account.pk):
        return DataSource.objects.get(pk=importer.source.pk).row_count


def test_a_paused_source_is_asked_nothing_and_goes_on_where_it_stopped(
    young_importer: Importer, young_world: World, faults: Faults, clock: Clock
) -> None:
    young_importer.slice("charges")
    pause(young_importer)
    faults.asked.clear()
    young_importer.slice("balance_transactions")

    with tenant(young_importer.account.pk):
        assert faults.asked == []
        assert [run.state for run in ImportRun.objects.all()] == [RunState.STOPPED]
        resting.resume(young_importer.source, now=clock())
    young_importer.run()

    assert_whole(young_importer.account, young_world, now=NOON)


@pytest.mark.rule("E6")
def test_a_job_at_work_writes_nothing_after_its_source_was_unlinked(young_importer: Importer, faults: Faults) -> None:
    young_importer.step()
    before, now = rows(young_importer), young_importer.clock()

    def unlink_meanwhile(request: object) -> None:
        unlinking.unlink(source=young_importer.source, now=now)

    faults.when = unlink_meanwhile
    young_importer.slice("balance_transactions")

    assert rows(young_importer) == before == counted(young_importer)
    with tenant(young_importer.account.pk):
        assert not Transaction.objects.filter(imported_at__gt=now).exists()


def test_days_that_are_read_again_are_asked_for_and_nothing_doubles(young_importer: Importer, faults: Faults) -> None:
    young_importer.run()
    before, reach = rows(young_importer), [(one.tail_at, one.head_at) for one in young_importer.states]
    faults.asked.clear()
    versions = superseded(young_importer)
    resting.read_again(young_importer.source, SPAN, now=NOON)
    young_importer.run()

    asked = [dict(one.asked()) for one in faults.asked if one.path == "/v1/charges"]
    assert [(one["created[gte]"], one["created[lt]"]) for one in asked] == [("1770854400", "1771027200")]
    assert (rows(young_importer), counted(young_importer)) == (before, before)
    assert [(one.tail_at, one.head_at) for one in young_importer.states] == reach
    assert superseded(young_importer) == versions


def test_what_was_lost_of_these_days_is_there_again(young_importer: Importer) -> None:
    young_importer.run()
    before = rows(young_importer)
    with tenant(young_importer.account.pk):
        own = Transaction.objects.filter(source=young_importer.source, occurred_at__range=(SPAN.start, SPAN.end))
        assert own.delete()[0]
    resting.read_again(young_importer.source, SPAN, now=NOON)
    young_importer.run()

    assert rows(young_importer) == before


def test_what_is_not_read_cannot_be_read_again(young_importer: Importer) -> None:
    pause(young_importer)

    with pytest.raises(resting.NotNow):
        resting.read_again(young_importer.source, SPAN, now=NOON)


@pytest.mark.rule("E6")
def test_a_source_that_came_back_is_read_only_once_it_is_connected_again(
    young_importer: Importer, faults: Faults, clock: Clock
) -> None:
    young_importer.run()
    before = rows(young_importer)
    unlinking.unlink(source=young_importer.source, now=NOON)
    unlinking.restore(source=young_importer.source, now=NOON)
    faults.asked.clear()
    clock.forward(days=1)
    young_importer.slice("charges")
    assert (faults.asked, rows(young_importer)) == ([], before)

    again = accept_key(young_importer.account, provider("stripe"), KEY, now=clock())
    young_importer.run()

    assert again == young_importer.source
    assert rows(young_importer) > before


@pytest.mark.rule("E6")
def test_connecting_the_same_shop_again_brings_the_unlinked_source_back(young_importer: Importer) -> None:
    young_importer.run()
    unlinking.unlink(source=young_importer.source, now=NOON)

    again = accept_key(young_importer.account, provider("stripe"), KEY, now=NOON + timedelta(days=1))

    assert (again.pk, again.unlinked_at, again.attention) == (young_importer.source.pk, None, "")
