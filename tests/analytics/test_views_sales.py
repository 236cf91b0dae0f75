"""The page of sales: what it shows, that each figure leads to its rows, and what it costs."""

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Role
from analytics import rollups
from tests import make

pytestmark = pytest.mark.django_db

DAYS = "from=2026-01-29&to=2026-02-02"
SALES_QUERIES = 34
Get = Callable[[str], str]


@pytest.fixture
def account() -> Account:
    return make.account()


@pytest.fixture
def get(account: Account, client: Client) -> Get:
    owner = make.user("alice")
    make.member(account, owner, Role.OWNER)
    client.force_login(owner)

    def page(address: str) -> str:
        answer = client.get(address)
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", unescape(answer.content.decode()))

    return page


@pytest.fixture
def story(account: Account) -> None:
    """A sale of two products, one of another country an hour later, a refund, a failed payment."""
    ann = {"customer": "ann@x.example", "country": "DE"}
    make.post(
        make.source(account),
        make.movement("30.00 EUR", "2026-01-30 10:05", external_id="a", lines="TEE 2 2000,MUG 1 1000", **ann),
        make.movement("9.00 EUR", "2026-01-30 11:05", external_id="b", country="US", discount=100, tax=100),
        make.movement("-30.00 EUR", "2026-02-01 10:05", external_id="c", kind="refund", parent_ref="a", **ann),
        make.movement("5.00 EUR", "2026-02-01 10:30", external_id="d", status="failed", country="US"),
    )
    make.follow(account)


def links(page: str, text: str) -> list[str]:
    return re.findall(rf'href="([^"]+)"[^>]*>{re.escape(text)}</a>', page)


def test_without_a_source_it_says_how_to_begin(get: Get) -> None:
    assert "Connect your first source" in get("/sales/")


def test_every_figure_of_a_table_leads_to_its_rows(story: None, get: Get) -> None:
    page = get(f"/sales/?{DAYS}")
    body = page[page.index('id="by-source"') : page.index('id="heat"')]
    found = [
        (unescape(url), text)
        for url, text in re.findall(r'class="plain" href="(/transactions/[^"]+)">([^<]+)</a>', body)
        if "rate" not in url and "share" not in url and "aov" not in url and "%" not in text
    ]
    assert len(found) > 15
    for url, text in found:
        assert text in get(url), (url, text)


def test_an_hour_of_the_week_leads_to_its_orders(story: None, get: Get) -> None:
    page = get(f"/sales/?{DAYS}")
    [[url, text]] = re.findall(r'href="([^"]+hour=5-11[^"]*)"[^>]*>(\d+)</a>', page)  # Friday, 11:05 in Berlin

    rows = get(url)

    assert text == "1"
    assert "Friday 11:00" in rows
    assert "ann@x.example" in rows


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("from=2026-01-30&to=2026-01-30", "Net sales</a> by hour"),
        (f"{DAYS}", "Net sales</a> by day"),
        ("from=2026-01-01&to=2026-01-31&steps=week&curve=orders", "Orders</a> by week"),
        ("from=2025-01-01&to=2026-01-31&curve=taxes", "Taxes</a> by month"),
        ("from=2026-01-01&to=2026-01-31&steps=hour", "Net sales</a> by day"),  # too many hours
    ],
)
def test_the_curve_has_the_steps_that_fit(story: None, get: Get, address: str, shown: str) -> None:
    assert shown in get(f"/sales/?{address}")


def test_a_week_begins_when_the_account_says(story: None, get: Get, account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(week_start=7)

    page = get("/sales/?from=2026-01-25&to=2026-02-07&steps=week")

    assert re.findall(r"Week from (\d+ \w+ 2026)</th><td class=\"num\">([^<]+)", page) == [
        ("25 Jan 2026", "€39.00"),
        ("1 Feb 2026", "−€30.00"),
    ]


def test_averages_divide_by_how_often_an_hour_was(story: None, get: Get) -> None:
    page = get("/sales/?from=2026-01-23&to=2026-02-05&average=1")

    assert "Friday 11:00: 1 order, 0.50 each time" in page


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("source", ["stripe", "9.00", "39.00", "30.00", "0.7692", "2", "19.50", "1.0000"]),
        ("country", ["United States", "9.00", "9.00", "0.00", "0.0000", "1", "9.00", "1.0000"]),
        ("product", ["TEE", "0.00", "2", "1.0000", ""]),
        ("hours", ["Monday", "0", "0", "0.00", "1.0"]),
    ],
)
@pytest.mark.usefixtures("story", "get")
def test_a_table_is_a_file_too(client: Client, table: str, row: list[str]) -> None:
    answer = client.get(f"/sales/file/?{DAYS}&table={table}")

    [_, *rows] = csv.reader(StringIO(answer.content.decode(), newline=""))
    assert row in rows


def test_a_bad_address_is_answered_with_a_message(story: None, get: Get) -> None:
    page = get("/sales/?curve=x&steps=y&period=z&hour=9-99")

    assert "Not all of the address was understood" in page


def test_as_many_queries_for_many_rows_as_for_one(account: Account, get: Get) -> None:
    source, counts = make.source(account), []
    for number in (1, 20):
        rows = [
            make.movement(
                f"{n + 1}.00 EUR", "2026-01-30 10:00", country=["DE", "US", "FR"][n % 3], lines=f"P{n} 1 {n + 1}00"
            )
            for n in range(number)
        ]
        make.post(source, *rows)
        rollups.drain(account.pk, now=datetime(2026, 3, 1, tzinfo=UTC))
        with CaptureQueriesContext(connection) as queries:
            get("/sales/?period=all")
        counts.append(len(queries))

    assert counts == [SALES_QUERIES, SALES_QUERIES]
