"""The end of a trial: nothing is read until it is extended, and nothing is lost by that."""

from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Account
from accounts.trials import extend_trial
from datasources import tasks
from datasources.sandbox.world.shop import World
from tests.importing.conftest import NOON, Faults, Importer
from tests.importing.sums import assert_whole
from tests.importing.test_bells import bells, set_state

pytestmark = pytest.mark.django_db


def end_trial(account: Account, at: datetime) -> None:
    Account.objects.filter(pk=account.pk).update(trial_ends_at=at)


def extend(account: Account, now: datetime) -> None:
    extend_trial(account, days=7, reason="They asked.", by="test", now=now)


def test_a_paused_account_is_not_read_and_catches_up_once_it_goes_on(
    young_importer: Importer, young_world: World, faults: Faults
) -> None:
    young_importer.step()
    end_trial(young_importer.account, NOON)
    faults.asked.clear()
    before = [(state.position, state.tail_at, state.claim) for state in young_importer.states]
    young_importer.step()
    assert faults.asked == []
    assert [(state.position, state.tail_at, state.claim) for state in young_importer.states] == before

    extend(young_importer.account, NOON)
    young_importer.run()

    assert_whole(young_importer.account, young_world, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_the_sweep_rings_again_once_the_trial_is_extended(young_importer: Importer) -> None:
    now = timezone.now()
    set_state(young_importer, "charges", due_at=now)
    end_trial(young_importer.account, now)
    tasks.sweep_streams()
    assert bells() == []

    extend(young_importer.account, now)
    tasks.sweep_streams()

    assert bells() == [(young_importer.account.pk, young_importer.state("charges").pk)]


def test_the_command_says_that_nothing_is_read(young_importer: Importer) -> None:
    end_trial(young_importer.account, timezone.now())

    with pytest.raises(CommandError, match="trial has ended"):
        call_command("import_source", str(young_importer.source.public_id))
