"""The pages about products: what they show, that figures lead to their rows, and what they cost."""

import csv
import re
from collections.abc import Callable
from html import unescape
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Role
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db

DAYS = "from=2026-01-01&to=2026-01-31"
PAGE_QUERIES, ONE_QUERIES = 50, 51
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
        return flat(answer.content)

    return page


def flat(content: bytes) -> str:
    return re.sub(r"\s+", " ", unescape(content.decode()))


@pytest.fixture
def story(account: Account) -> None:
    """Last month a mug led; this month a tee does, bought twice with the mug; one tee came back."""
    ann = {"customer": "ann@x.example", "country": "DE"}
    make.post(
        make.source(account),
        make.movement("20.00 EUR", "2025-12-10 10:00", lines="MUG 2 2000", **ann),
        make.movement("5.00 EUR", "2025-12-11 10:00", lines="TEE 1 500", country="US"),
        make.movement("30.00 EUR", "2026-01-10 10:00", external_id="a", lines="TEE 2 2000,MUG 1 1000", **ann),
        make.movement("20.00 EUR", "2026-01-12 10:00", customer="bea@x.example", lines="TEE 1 1200,MUG 1 800"),
        make.movement("-10.00 EUR", "2026-01-13 10:00", kind="refund", parent_ref="a", lines="TEE -1 -1000", **ann),
    )
    make.follow(account)


def _address(account: Account, sku: str) -> str:
    with tenant(account.pk):
        return f"/products/{account.products.get(sku=sku).public_id}/"


def test_without_a_source_it_says_how_to_begin(get: Get) -> None:
    assert "Connect your first source" in get("/products/")


def test_every_figure_of_the_leaderboard_leads_to_its_rows(story: None, get: Get) -> None:
    page = get(f"/products/?{DAYS}")
    found = re.findall(r'class="plain" href="(/transactions/[^"]+)">([^<]+)</a>', page)

    assert [text for _, text in found[:4]] == ["€22.00", "3", "31.25%", "55.00%"]
    for url, text in found:
        assert text in get(url), (url, text)


def test_ranks_are_beside_those_of_the_period_before(story: None, get: Get) -> None:
    page = get(f"/products/?{DAYS}")

    assert re.findall(r'<td class="rank num start">(\d) <span class="pill (\w+)">([^<]+)<', page) == [
        ("1", "good", "▲ 1"),
        ("2", "bad", "▼ 1"),
    ]


def test_what_is_bought_together_and_first(story: None, get: Get) -> None:
    page = get(f"/products/?{DAYS}")
    pairs, firsts = page[page.index('id="pairs"') :], page[page.index('id="firsts"') :]

    assert re.search(r'MUG</a><a href="/products/[^"]+">TEE</a></span></th><td class="num">2</td>', pairs)
    assert re.search(r'TEE</a></th><td class="num">1</td><td class="num wide">100.0%</td>', firsts)  # of bea alone


def test_the_leaderboard_is_a_file_too(story: None, get: Get, client: Client) -> None:
    answer = client.get(f"/products/file/?{DAYS}")

    [_, first, *_] = csv.reader(StringIO(answer.content.decode(), newline=""))
    assert first == ["1", "1", "TEE", "22.00", "3", "0.3125", "2", "2", "0.5500"]


def test_a_product_is_told_whole(story: None, account: Account, get: Get) -> None:
    page = get(f"{_address(account, 'TEE')}?{DAYS}")

    for label, value in (("Rank", r"1 \(▲ 1\)"), ("Revenue", "€22.00"), ("New buyers", "2"), ("Units back", "1")):
        assert re.search(rf"<dt>{label}</dt><dd>(<a[^>]*>)?{value}<", page), label
    assert re.search(r"10 Jan 2026</th><td class=\"num\">€20.00</td>", page)  # revenue of the day
    assert re.search(r"12 Jan 2026</th><td class=\"num\">€12.00</td>", page)
    assert re.search(r'Germany</th><td class="num">2</td><td class="num">€10.00</td>', page)


def test_prices_are_by_day_and_currency(story: None, account: Account, get: Get) -> None:
    page = get(f"{_address(account, 'TEE')}?{DAYS}")
    prices = page[page.index("Price in EUR</h2>") :]

    assert re.search(r'10 Jan 2026</th><td class="num">€10.00</td>', prices)
    assert re.search(r'11 Jan 2026</th><td class="num">—</td>', prices)


def test_two_products_are_merged_from_the_page(story: None, account: Account, get: Get, client: Client) -> None:
    tee, mug = _address(account, "TEE"), _address(account, "MUG")
    assert f"{mug}merge/" in flat(client.post(tee, {"search": "mu"}).content)

    client.post(f"{mug}merge/", {"into": tee.split("/")[2], "back": tee})

    assert "MUG counts as this product." in get(tee)
    assert "counts as" in get(mug)


def test_a_viewer_decides_nothing(story: None, account: Account, client: Client) -> None:
    bob = make.user("bob")
    make.member(account, bob, Role.VIEWER)
    client.force_login(bob)

    assert "Merge with another" not in flat(client.get(_address(account, "TEE")).content)


def test_as_many_queries_for_many_products_as_for_two(account: Account, get: Get) -> None:
    source, counts = make.source(account), []
    make.post(source, make.movement("9.00 EUR", "2026-01-01 10:00", lines="P1 1 500,P0 1 400"))
    for number in (2, 20):
        rows = [
            make.movement(
                "9.00 EUR",
                f"2026-01-{n + 1:02} {number:02}:00",
                customer=f"c{n}@x.example",
                lines=f"P{n} 1 500,P0 1 400",
            )
            for n in range(1, number)
        ]
        make.post(source, *rows, make.movement("4.00 EUR", "2026-02-20 10:00", lines="P0 1 400"))
        make.follow(account)
        for address in ("/products/?period=all", f"{_address(account, 'P0')}?period=all"):
            with CaptureQueriesContext(connection) as queries:
                get(address)
            counts.append(len(queries))

    assert counts == [PAGE_QUERIES, ONE_QUERIES] * 2


def test_the_few_that_bring_most_are_shown_alone(story: None, get: Get) -> None:
    [few] = re.findall(r'href="([^"#]+best=fifth[^"#]*)', get(f"/products/?{DAYS}"))

    page = get(few)

    assert "This one only." in page
    assert ">TEE<" in page.partition("Leaderboard")[2].partition("Bought together")[0]
    assert ">MUG<" not in page.partition("Leaderboard")[2].partition("Bought together")[0]
