"""Home while history arrives: it says what is missing, leaves it blank, and compares nothing with it."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, Role
from datasources.models import DataSource, StreamState
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db

OPENED = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def account() -> Account:
    return make.account()


@pytest.fixture
def owner(account: Account, client: Client) -> Client:
    alice = make.user("alice")
    make.member(account, alice, Role.OWNER)
    client.force_login(alice)
    return client


def arriving(account: Account, name: str = "Stripe", *, days: int | None, **fields: Any) -> DataSource:
    """A source whose last `days` days are read, with a sale of €10 on each day of the last ninety; None: not one."""
    source = make.source(account, name, provider="stripe", **fields)
    now = timezone.now()
    read = {"head_at": now, "tail_at": now - timedelta(days=days)} if days is not None else {}
    with tenant(account.pk):
        StreamState.objects.create(account=account, source=source, stream="charges", number=0, floor_at=OPENED, **read)
    moments = (f"{now - timedelta(days=age):%Y-%m-%d} 00:00" for age in range(90))
    make.post(source, *(make.movement("10.00 EUR", moment) for moment in moments))
    make.follow(account)
    return source


def shown(client: Client, address: str = "/") -> str:
    return re.sub(r"\s+", " ", unescape(client.get(address).content.decode()))


def days_with_a_figure(page: str) -> int:
    return len(re.findall(r'<td class="num">€10\.00</td>', page))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"days": 10}, "Stripe is being read: complete from"),
        ({"days": None}, "Stripe is being read: the newest sales are on their way."),
        ({"days": 10, "attention": "The key was deleted."}, "Stripe can no longer be read: complete from"),
        ({"days": None, "attention": "The key was deleted."}, "Stripe can no longer be read; none of its days"),
    ],
)
def test_a_notice_says_what_has_not_arrived(owner: Client, account: Account, fields: dict[str, Any], told: str) -> None:
    arriving(account, **fields)

    page = shown(owner)

    assert told in page
    assert ("data-poll" in page) == ("attention" not in fields)


def test_days_that_are_not_complete_are_blank(owner: Client, account: Account) -> None:
    arriving(account, days=10)

    assert 8 <= days_with_a_figure(shown(owner, "/?period=last_30")) <= 10


@pytest.mark.parametrize(("days", "is_compared"), [(40, False), (62, True)])
def test_only_what_is_complete_is_compared_with(owner: Client, account: Account, days: int, is_compared: bool) -> None:  # noqa: FBT001
    arriving(account, days=days)

    page = shown(owner, "/?period=last_30")

    assert ("compared with" in page) == is_compared
    assert days_with_a_figure(page) >= 29


@pytest.mark.parametrize(("days", "is_partial"), [(10, True), (40, False)])
def test_figures_of_a_period_that_still_arrives_are_so_far(
    owner: Client,
    account: Account,
    days: int,
    is_partial: bool,  # noqa: FBT001
) -> None:
    arriving(account, days=days)

    assert ("· so far" in shown(owner, "/?period=last_30")) == is_partial


def test_where_no_day_is_complete_there_is_no_curve(owner: Client, account: Account) -> None:
    arriving(account, days=None)

    page = shown(owner)

    assert "No day of this period is complete yet." in page
    assert 'class="plot"' not in page


def test_a_source_that_is_not_in_view_keeps_nothing_back(owner: Client, account: Account) -> None:
    arriving(account, "Begun", days=None)
    whole = make.source(account, "whole")
    make.post(whole, make.movement("10.00 EUR", f"{timezone.now():%Y-%m-%d} 00:00"))
    make.follow(account)

    page = shown(owner, f"/?period=last_7&sources={whole.public_id}")

    assert "is being read" not in page
    assert "compared with" in page


def test_home_costs_the_same_for_one_source_and_for_twenty(owner: Client, account: Account) -> None:
    counts = []
    for names in ([0], range(1, 21)):
        for name in names:
            arriving(account, f"shop {name}", days=10)
        with CaptureQueriesContext(connection) as queries:
            owner.get("/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("address", ["/", "/transactions/"])
def test_a_sandbox_is_marked_beside_its_name_and_nothing_else_is(owner: Client, account: Account, address: str) -> None:
    arriving(account, "Real", days=10)
    unmarked = shown(owner, address)
    arriving(account, "Invented", days=10, is_test=True)

    marked = re.findall(r">? ?(\w+)(?:</a>)? <span class=\"tag warn\">Sandbox</span>", shown(owner, address))

    assert "Sandbox" not in unmarked
    assert set(marked) == {"Invented"}
