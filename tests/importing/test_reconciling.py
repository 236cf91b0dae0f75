"""The ledger beside the provider's own balance and payouts, to the cent; and what is said where they part."""

import json
from datetime import timedelta

import pytest

from analytics.bridge import Line, Month, bridges
from datasources.models import PayoutPart, Reconciliation, Statement, StatementKind, Transaction, coverage
from datasources.sandbox.wire import Answer, Request, told
from datasources.services import reconciled, reconciling
from putler.kernel.periods import add_months
from putler.tenancy import tenant
from tests.importing.conftest import NOON, Clock, Faults, Importer

pytestmark = [pytest.mark.django_db, pytest.mark.rule("S7")]


def results(importer: Importer) -> list[Reconciliation]:
    reconciling.reconcile(importer.account.pk, importer.source.pk, now=NOON)
    with tenant(importer.account.pk):
        return list(Reconciliation.objects.filter(source=importer.source).order_by("to_at", "ref"))


def test_balances_and_payouts_of_a_whole_shop_agree_to_the_cent(importer: Importer) -> None:
    importer.run()

    found = results(importer)

    with tenant(importer.account.pk):
        payouts = Statement.objects.filter(kind=StatementKind.PAYOUT).count()
        currencies = set(Transaction.objects.exclude(is_attempt=True).values_list("currency", flat=True))
    assert sum(one.kind == "payout" for one in found) == payouts > 10
    assert {one.currency for one in found if one.kind == "balance"} >= currencies
    assert [one for one in found if one.difference or one.first_difference_on] == []
    assert any(one.theirs for one in found if one.kind == "balance")
    months = [add_months(NOON.date(), -back) for back in range(1, 7)]
    with tenant(importer.account.pk):
        ways = [way for day in months for way in bridges(Month.of(importer.account, importer.source, day))]
    assert {(way.unexplained, Line.OTHER in way.steps, Line.UNREAD in way.steps) for way in ways} == {(0, False, False)}


def test_a_row_that_is_missing_is_named_with_its_payout_and_day(importer: Importer) -> None:
    importer.run()
    with tenant(importer.account.pk):
        part = PayoutPart.objects.filter(source=importer.source).order_by("at")[5]
        Transaction.objects.filter(source=importer.source, external_id=part.external_id).delete()

    wrong = [one for one in results(importer) if one.difference]

    assert {(one.kind, one.difference, one.first_difference_on) for one in wrong} == {
        ("payout", -part.net, part.at.date()),
        ("balance", -part.net, part.at.date()),
    }
    with tenant(importer.account.pk):
        [odd] = [odd for total in reconciled.of_source(importer.source).payouts for odd in total.odd]
    assert (odd.told.external_id, odd.ours, odd.theirs and odd.theirs.minor) == (part.external_id, None, part.net)


def test_a_balance_is_dated_by_the_first_one_that_differed(young_importer: Importer, clock: Clock) -> None:
    young_importer.run()
    with tenant(young_importer.account.pk):
        Statement.objects.filter(kind=StatementKind.BALANCE, currency="EUR").update(amount=1)
    clock.forward(days=2)
    young_importer.run()
    with tenant(young_importer.account.pk):
        Statement.objects.filter(kind=StatementKind.BALANCE, currency="EUR").update(amount=1)

    found = [one for one in results(young_importer) if one.kind == "balance" and one.currency == "EUR"]

    assert len(found) == 2
    assert {one.first_difference_on for one in found} == {found[0].to_at.date()}


def test_nothing_is_compared_before_the_history_is_whole(young_importer: Importer) -> None:
    young_importer.slice("balance")

    assert results(young_importer) == []


def test_a_server_without_a_balance_leaves_the_rest_alone(young_importer: Importer, faults: Faults) -> None:
    faults.always_on("/v1/balance", told({"error": {"message": "Unrecognized request URL"}}, status=404))
    young_importer.run()

    assert young_importer.state("balance").is_refused
    assert not [state for state in young_importer.states if state.is_refused and state.stream != "balance"]
    assert {one.kind for one in results(young_importer)} == {"payout"}


def test_a_server_that_does_not_cut_by_payout_is_not_believed(young_importer: Importer, faults: Faults) -> None:
    everything: list[Answer] = []

    def forget_the_word(request: Request) -> Answer | None:
        return everything[0] if "payout" in dict(request.asked()) and everything else None

    part = {"id": "txn_1", "object": "balance_transaction", "amount": 1, "currency": "eur", "fee": 0, "type": "payout"}
    every = [part | {"created": int(NOON.timestamp()), "source": "po_of_another"}]
    everything.append(Answer(200, json.dumps({"data": every, "has_more": False}).encode()))
    faults.when = forget_the_word
    young_importer.run()

    assert young_importer.state("payout_parts").is_refused
    with tenant(young_importer.account.pk):
        assert not PayoutPart.objects.exists()


def test_a_balance_that_moves_while_it_is_read_is_read_once_more(young_importer: Importer, faults: Faults) -> None:
    newest = [
        {"id": f"txn_{n}", "amount": 1, "currency": "eur", "created": 1_772_000_000, "type": "charge"} for n in "ab"
    ]
    answers = [Answer(200, json.dumps({"data": [one], "has_more": True}).encode()) for one in newest]
    faults.when = lambda request: answers.pop(0) if answers and dict(request.asked()).get("limit") == "1" else None
    young_importer.slice("balance")

    assert sum(request.path == "/v1/balance" for request in faults.asked) == 2
    with tenant(young_importer.account.pk):
        assert Statement.objects.filter(kind=StatementKind.BALANCE).exists()


def test_no_figure_waits_for_what_is_only_held_against_them(young_importer: Importer) -> None:
    young_importer.run()
    states = young_importer.states
    for state in states:
        state.tail_at = None if state.is_aside else state.tail_at

    assert {state.stream for state in states if state.is_aside} == {"payout_parts", "balance"}
    assert coverage(states).is_whole


def test_reconciling_follows_each_stretch_of_reading(young_importer: Importer, clock: Clock) -> None:
    young_importer.run()
    first = results(young_importer)
    clock.forward(days=8)
    young_importer.run()
    reconciling.reconcile(young_importer.account.pk, young_importer.source.pk, now=NOON + timedelta(days=8))

    later = results(young_importer)
    assert len(later) > len(first)
    assert not [one for one in later if one.difference]
