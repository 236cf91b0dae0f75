"""What a provider tells late, or tells of while we look away, is found all the same."""

import json
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import connections

from datasources.models import StreamState
from datasources.sandbox.dialects.stripe import PREFIX
from datasources.sandbox.server import Sandbox
from datasources.sandbox.wire import Answer, Request
from datasources.sandbox.world.shop import World
from putler.tenancy import tenant
from tests.importing.conftest import Clock, Faults, Importer
from tests.importing.sums import DAYS, imported_sums, own_sums

MONEY = "/v1/balance_transactions"


def test_a_movement_that_is_listed_hours_late_is_found(
    young_importer: Importer, young_sandbox: Sandbox, young_world: World, clock: Clock
) -> None:
    handle, begun = young_sandbox.dialects[PREFIX], clock()
    lately = (begun - timedelta(days=2)).timestamp()

    def hiding(request: Request) -> Answer:
        answer = handle(request)
        told = json.loads(answer.body)
        if request.path == MONEY and clock() < begun + timedelta(hours=5):
            told["data"] = [one for one in told["data"] if one["created"] < lately]
        return Answer(answer.status, json.dumps(told).encode(), answer.kind, answer.headers)

    young_sandbox.dialects[PREFIX] = hiding
    young_importer.run()
    assert imported_sums(young_importer.account, DAYS) != own_sums(
        young_world, young_importer.account, DAYS, now=clock()
    )

    clock.forward(days=1, minutes=11)
    young_importer.run()
    assert imported_sums(young_importer.account, DAYS) == own_sums(
        young_world, young_importer.account, DAYS, now=clock()
    )


@pytest.mark.django_db(transaction=True)
def test_a_webhook_during_a_slice_brings_the_next_look_forward(
    young_importer: Importer, clock: Clock, faults: Faults
) -> None:
    young_importer.run()
    clock.forward(minutes=11)

    def ring(_: Request) -> None:
        ringing.set()
        rung.wait(10)

    ringing, rung = Event(), Event()
    faults.when = ring
    other = Thread(target=_nudge_when, args=[young_importer, ringing, rung, clock()])
    other.start()
    young_importer.slice("refunds")
    other.join()

    state = young_importer.state("refunds")
    assert state.head_at
    assert state.due_at == state.head_at + timedelta(seconds=30)


def _nudge_when(importer: Importer, ringing: Event, rung: Event, now: datetime) -> None:
    ringing.wait(10)
    try:
        with tenant(importer.account.pk):
            nudged = {"nudged_at": now + timedelta(seconds=1)}
            StreamState.objects.filter(account=importer.account, stream="refunds").update(**nudged)
    finally:
        connections.close_all()
        rung.set()
