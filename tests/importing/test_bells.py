"""Bells: who rings for a list, and when."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from datasources import tasks
from datasources.importing.claims import LEASE
from datasources.models import StreamState
from datasources.sandbox.server import Sandbox
from putler.tenancy import tenant
from tests import make
from tests.importing.conftest import NOON, Clock, Importer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reader(young_sandbox: Sandbox, clock: Clock) -> Importer:
    """A source of which nothing is read yet, committed."""
    return Importer(make.account(), clock)


def bells() -> list[tuple[int, ...]]:
    """The ids of the jobs in the queue that import a list."""
    tasks_queued = [bell.task for bell in OrmQ.objects.all()]
    return [task["args"] for task in tasks_queued if "import_stream" in str(task["func"])]


def set_state(reader: Importer, name: str, **fields: Any) -> None:
    with tenant(reader.account.pk):
        StreamState.objects.filter(account=reader.account).update(due_at=None)
        StreamState.objects.filter(account=reader.account, stream=name).update(**fields)
    OrmQ.objects.all().delete()


def test_the_sweep_rings_for_a_list_whose_job_died(reader: Importer) -> None:
    ago = timezone.now() - timedelta(seconds=1)
    set_state(reader, "charges", lease_until=ago, due_at=ago)
    tasks.sweep_streams()
    tasks.sweep_streams()

    assert bells() == [(reader.account.pk, reader.state("charges").pk)]  # once, not again before it can be heard


def test_the_sweep_leaves_a_list_alone_that_is_being_read(reader: Importer) -> None:
    now = timezone.now()
    set_state(reader, "charges", lease_until=now + LEASE, due_at=now - LEASE)
    tasks.sweep_streams()

    assert not bells()


def test_connecting_rings_for_every_list(reader: Importer) -> None:
    assert bells() == [(reader.account.pk, state.pk) for state in reader.states]


def test_a_slice_that_leaves_something_rings_for_the_next(reader: Importer) -> None:
    OrmQ.objects.all().delete()
    set_state(reader, "charges", floor_at=NOON - timedelta(days=300))
    reader.slice("charges")

    assert bells() == [(reader.account.pk, reader.state("charges").pk)]
