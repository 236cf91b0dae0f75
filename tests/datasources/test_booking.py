"""Booking: what counts follows late news, and facts stay as they were told."""

from typing import Any

import pytest

from accounts.models import Account
from datasources.models import Booking, DuplicateLink, Transaction
from datasources.services import booking
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db

ANN = {"customer": "ann@example.com"}


@pytest.fixture
def account() -> Account:
    return make.account()


def counting(account: Account) -> list[tuple[Any, ...]]:
    """(external id, kind) of what counts with all sources in view."""
    with tenant(account.pk):
        rows = Booking.objects.filter(account=account, absent=None)
        return sorted(rows.values_list("transaction__external_id", "kind"))


def test_a_pair_counts_once_whichever_half_came_first(account: Account) -> None:
    make.post(make.source(account, "woo", kind="store"), make.movement(external_id="w", payment_ref="p", **ANN))
    assert counting(account) == [("w", "sale")]
    make.post(make.source(account, "paypal"), make.movement(external_id="p", **ANN))

    assert counting(account) == [("p", "sale")]


def test_a_guests_pair_is_found_by_its_reference_alone(account: Account) -> None:
    make.post(make.source(account, "woo", kind="store"), make.movement(external_id="w", payment_ref="p"))
    make.post(make.source(account, "paypal"), make.movement(external_id="p"))

    assert counting(account) == [("p", "sale")]


def test_a_pair_is_found_by_any_of_the_gateways_ids(account: Account) -> None:
    make.post(make.source(account, "stripe"), make.movement(external_id="txn_1", provider_refs=("ch_1", "pi_1")))
    make.post(make.source(account, "woo", kind="store"), make.movement(external_id="w", payment_ref="pi_1"))

    assert counting(account) == [("txn_1", "sale")]


def test_a_second_candidate_undoes_a_probable_pair(account: Account) -> None:
    paypal = make.source(account, "paypal")
    make.post(make.source(account, "woo", kind="store"), make.movement(external_id="w", **ANN))
    make.post(paypal, make.movement(external_id="p1", **ANN))
    make.post(paypal, make.movement(external_id="p2", **ANN))

    assert [row for row, _ in counting(account)] == ["p1", "p2", "w"]
    with tenant(account.pk):
        assert DuplicateLink.objects.get(account=account).match == "ambiguous"


def test_a_parent_that_comes_late_gives_its_refund_the_breakdown(account: Account) -> None:
    stripe = make.source(account)
    make.post(stripe, make.movement("-5.50 EUR", kind="refund", parent_ref="a"))
    make.post(stripe, make.movement("11.00 EUR", external_id="a", tax=100, lines="TEE 1 1000"))

    with tenant(account.pk):
        assert Booking.objects.get(account=account, kind="refund").tax == -50


def test_the_first_order_moves_to_an_earlier_one_and_back(account: Account) -> None:
    stripe = make.source(account)
    make.post(stripe, make.movement(external_id="b", at="2026-01-20 10:00", **ANN))
    make.post(stripe, make.movement(external_id="a", at="2026-01-10 10:00", **ANN))
    first = Booking.objects.filter(account=account, is_first=True).values_list("transaction__external_id", flat=True)
    with tenant(account.pk):
        assert list(first) == ["a"]
        booking.remove(account.pk, [Transaction.objects.get(account=account, external_id="a").pk])

        assert list(first.all()) == ["b"]


def test_booking_never_changes_a_fact(account: Account) -> None:
    make.post(make.source(account, "paypal"), make.movement(external_id="p"))
    with tenant(account.pk):
        before = Transaction.objects.values().get(account=account)
    make.post(make.source(account, "woo", kind="store"), make.movement(payment_ref="p", tax=100, country="DE", **ANN))

    with tenant(account.pk):
        assert Transaction.objects.values().get(account=account, external_id="p") == before
        assert Booking.objects.get(account=account, absent=None).tax == 100


def test_booking_again_books_the_same(account: Account) -> None:
    make.post(make.source(account), make.movement(external_id="a", **ANN), make.movement(order_ref="o"))
    rows = Booking.objects.filter(account=account).order_by("transaction").values()
    with tenant(account.pk):
        before = [row | {"id": 0} for row in rows]
        booking.book(account.pk, list(Transaction.objects.filter(account=account).values_list("pk", flat=True)))

        assert [row | {"id": 0} for row in rows.all()] == before
