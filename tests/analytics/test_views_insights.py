"""The page of insights: goals, outlook, unusual days, seasons; what it says while it cannot know, and what it costs."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Role
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db

TODAY = datetime.now(UTC).date()
QUERIES, OF_A_GOAL = 80, 6  # some depend on the day of the month
Get = Callable[..., str]


@pytest.fixture
def account() -> Account:
    return make.account(time_zone="UTC")


@pytest.fixture
def alice(account: Account, client: Client) -> Client:
    owner = make.user("alice")
    make.member(account, owner, Role.OWNER)
    client.force_login(owner)
    return client


@pytest.fixture
def get(alice: Client) -> Get:
    def page(address: str = "/insights/", **parameters: str) -> str:
        answer = alice.get(address, parameters)
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", unescape(answer.content.decode()))

    return page


def sell(account: Account, first: date, *, days: int, each: int = 6, at: str = "10:{:02}") -> None:
    """Some sales of 10 euros on each of some days."""
    with tenant(account.pk):
        source = account.sources.first()
    drafts = [
        make.movement(
            "10.00 EUR",
            f"{first + timedelta(day)} {at.format(number)}",
            customer=f"c{number}@x.example",
            lines="TEE 1 1000",
        )
        for day in range(days)
        for number in range(each)
    ]
    make.post(source or make.source(account), *drafts)
    make.follow(account)


def test_without_a_source_there_is_a_way_to_one_and_no_figure(get: Get) -> None:
    page = get()

    assert "Connect your first source" in page
    assert "Time machine" not in page


def test_with_little_history_panels_say_what_they_wait_for(account: Account, get: Get) -> None:
    sell(account, TODAY - timedelta(2), days=2)

    page = get()

    assert "There is a forecast after two complete weeks of sales." in page
    assert "It starts once there are four complete months of sales." in page
    assert "Seasons show after 13 complete months of sales." in page
    assert "No complete day of this period stands out" in page


def test_a_day_unlike_its_weekday_stands_out_with_what_moved(account: Account, get: Get) -> None:
    for week in range(1, 9):
        sell(account, TODAY - timedelta(1 + 7 * week), days=1, each=6)
    sell(account, TODAY - timedelta(1), days=1, each=30)

    page = get(period="last_7")

    day = TODAY - timedelta(1)
    assert f"{day:%a} {day.day} {day:%b %Y}" in page
    assert "What moved most" in page
    assert "TEE: €300.00" in page


def test_the_time_machine_takes_other_assumptions_and_keeps_the_facts(account: Account, get: Get) -> None:
    month = TODAY.replace(day=1)
    sell(account, (month - timedelta(130)).replace(day=1), days=1)
    sell(account, month - timedelta(70), days=69, each=1)

    as_is, assumed = get(), get(gains="1000", loses="0")

    assert "As things stand" in as_is
    value = re.search(r"From €([\d,.]+) of net sales", assumed)
    assert value
    expected = float(value[1].replace(",", "")) + 12_000
    assert f"≈\u202f€{expected:,.2f}".replace("\u202f", " ") in assumed.replace("\u202f", " ")


def test_an_assumption_that_is_none_is_named(account: Account, get: Get) -> None:
    sell(account, TODAY - timedelta(2), days=1)

    assert "The time machine takes amounts above zero and 0 to 100 percent." in get(loses="140")


def test_a_goal_is_set_shown_changed_and_deleted(account: Account, alice: Client, get: Get) -> None:
    sell(account, TODAY, days=1, at="00:00")  # at any time of the day it has happened
    alice.post("/insights/goals/", {"metric": "net_sales", "period": "this_year", "target": "100"})
    assert "of €100.00" in (page := get())
    assert 'aria-label="60 percent of the goal' in page
    with tenant(account.pk):
        goal = account.goals.get()

    alice.post(f"/insights/goals/{goal.public_id}/", {"target": "50"})
    assert "Reached on" in get()

    alice.post(f"/insights/goals/{goal.public_id}/deletion/")
    assert "What do you want to reach" in get()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"metric": "net_sales", "period": "this_year", "target": "0"}, "A goal is more than zero."),
        ({"metric": "net_sales", "period": "this_year", "target": "much"}, "Write a number, such as 5000."),
        ({"metric": "net_sales", "period": "this_year", "target": "1.234"}, "no more decimals"),
        ({"metric": "aov", "period": "this_year", "target": "1"}, "Choose a figure."),
        ({"metric": "net_sales", "period": "soon", "target": "1"}, "Choose a time."),
    ],
)
def test_a_goal_that_is_none_is_refused_with_a_sentence(alice: Client, sent: dict[str, str], said: str) -> None:
    answer = alice.post("/insights/goals/", sent)

    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_rate_has_its_goal_in_percent(account: Account, alice: Client, get: Get) -> None:
    sell(account, TODAY, days=1)

    alice.post("/insights/goals/", {"metric": "refund_rate", "period": "this_month", "target": "2.5"})

    page = get()
    assert "of at most 2.50%" in re.sub(r"<[^>]*>", "", page).replace("  ", " ")
    assert "It is within the limit." in page


def test_sources_and_doubts_stand_below_the_figures(account: Account, get: Get) -> None:
    source = make.source(account, "shop")
    make.post(source, make.movement("7 XAF", f"{TODAY} 00:00"))
    make.follow(account)

    page = get()

    assert re.search(r"Read: <a href=\"/sources/\">shop</a> not yet", page)
    assert "1 row not converted</a>" in page


def test_the_number_of_statements_does_not_depend_on_the_rows(account: Account, alice: Client, get: Get) -> None:
    counts = []
    for days, each in ((3, 1), (18, 3)):
        sell(account, TODAY - timedelta(20), days=days, each=each)
        get()
        with CaptureQueriesContext(connection) as queries:
            get()
        counts.append(len(queries))
    alice.post("/insights/goals/", {"metric": "orders", "period": "this_year", "target": "9"})
    with CaptureQueriesContext(connection) as with_a_goal:
        get()

    assert counts[0] == counts[1] <= QUERIES
    assert len(with_a_goal) <= counts[1] + OF_A_GOAL
