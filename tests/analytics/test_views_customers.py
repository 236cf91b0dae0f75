"""The pages about customers: what they show, that figures lead to their customers and rows, and what they cost."""

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
from datasources.services import rebooking
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db

DAYS = "from=2026-01-01&to=2026-02-28"
PAGE_QUERIES, LIST_QUERIES, ONE_QUERIES = 37, 17, 36
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
    """Six customers: ann in both months and with a failed payment, bea refunded, the others once."""
    sales = [
        make.movement("30.00 EUR", "2026-01-10 10:00", customer="ann@x.example", order_ref="A1", lines="TEE 2 3000"),
        make.movement("20.00 EUR", "2026-02-10 10:00", customer="ann@x.example", lines="MUG 1 2000"),
        make.movement("5.00 EUR", "2026-02-11 10:00", customer="ann@x.example", status="failed"),
        make.movement("40.00 EUR", "2026-01-20 10:00", customer="bea@x.example", external_id="b"),
        make.movement("-40.00 EUR", "2026-01-21 10:00", customer="bea@x.example", kind="refund", parent_ref="b"),
    ]
    others = [
        make.movement(f"{n}.00 EUR", f"2026-02-0{n} 10:00", customer=f"c{n}@x.example", country="DE")
        for n in range(1, 5)
    ]
    make.post(make.source(account), *sales, *others)
    make.follow(account)


def links(page: str, text: str) -> list[str]:
    return re.findall(rf'href="([^"]+)"[^>]*>(?:<b>)?{re.escape(text)}<', page)


def test_without_a_source_it_says_how_to_begin(get: Get) -> None:
    assert "Connect your first source" in get("/customers/")


def test_the_page_shows_who_bought(story: None, get: Get) -> None:
    page = get(f"/customers/?{DAYS}")

    assert "Paying customers: 6. Show" in page
    assert "Repeat rate: 16.67%. Show" in page
    assert "The best 2</a> of 6 (20%) bring <b>90.0%</b> of net sales; " in page
    [best], [most] = (re.findall(rf'href="([^"]+best={which}[^"]*)"', page) for which in ("fifth", "most"))
    assert [name for name in ("ann", "c4", "c3", "bea") if f">{name}@x.example<" in get(best)] == ["ann", "c4"]
    assert [name for name in ("ann", "c4") if f">{name}@x.example<" in get(most)] == ["ann"]


def test_segments_lead_to_their_customers(story: None, get: Get) -> None:
    page = get(f"/customers/?{DAYS}")
    body = page[page.index('id="segments"') : page.index('id="cohorts"')]
    found = re.findall(r'class="plain" href="(/customers/list/[^"]+segment=[^"]+)">(\d+)</a>', body)

    assert sum(int(number) for _, number in found) == 6
    for url, number in found:
        assert f"· {number} customer" in get(url)


def test_cells_of_the_grid_lead_to_their_customers(story: None, get: Get) -> None:
    found = re.findall(r'href="(/customers/list/[^"]+cell=[^"]+)"[^>]*><b>(\d+)</b>', get(f"/customers/?{DAYS}"))

    assert sum(int(number) for _, number in found) == 6
    for url, number in found:
        assert f"· {number} customer" in get(url)


def test_scores_of_an_earlier_day_know_nothing_of_later(story: None, get: Get) -> None:
    page = get(f"/customers/?{DAYS}&on=2026-01-31")

    assert "with fewer than five they say nothing" in page
    assert "2 customers, scored at the end of 31 Jan 2026" in get(f"/customers/list/?{DAYS}&on=2026-01-31")


def test_cohorts_lead_to_their_customers(story: None, get: Get) -> None:
    page = get(f"/customers/?{DAYS}")
    [january] = links(page, "Jan 2026")
    [came_back] = [url for url in links(page, "50%") if "month=2026-02" in url]

    assert "2 customers" in get(january)
    rows = get(came_back)
    assert "First order in January 2026, ordered in February 2026" in rows
    assert "ann@x.example" in rows
    assert "bea@x.example" not in rows


def test_cohorts_show_money_and_orders_too(story: None, get: Get) -> None:
    assert "Jan 2026, 1 month later: 1 of 2 ordered, 1 orders, €25.00 each so far" in get(
        f"/customers/?{DAYS}&cohorts=net_sales"
    )


@pytest.mark.parametrize("words", ["ANN@x", "A1"])
@pytest.mark.usefixtures("story", "get")
def test_customers_are_found_by_words_that_stand_in_no_address(client: Client, words: str) -> None:
    page = flat(client.post("/customers/list/", {"search": words}).content)

    assert "ann@x.example" in page
    assert "bea@x.example" not in page
    assert f"?{words}" not in page
    assert f"={words}" not in page.replace(f'value="{words}"', "")


def test_the_list_goes_on_where_its_page_ended(account: Account, get: Get) -> None:
    rows = [make.movement(f"{n // 2 + 1}.00 EUR", "2026-01-30 10:00", customer=f"c{n:02}@x.example") for n in range(60)]
    make.post(make.source(account), *rows)
    make.follow(account)
    first = get("/customers/list/?period=all")
    [more] = links(first, "More customers")

    pages = [re.findall(r">(c\d\d@x.example)<", page) for page in (first, get(more))]

    assert [len(page) for page in pages] == [50, 10]
    assert len({*pages[0], *pages[1]}) == 60


def test_the_list_is_a_file_too(story: None, get: Get, client: Client) -> None:
    answer = client.get(f"/customers/file/?{DAYS}")

    [header, *rows] = csv.reader(StringIO(answer.content.decode(), newline=""))
    assert header[5] == "Net sales, EUR"
    assert rows[0][:7] == ["ann@x.example", "", "", "2", "50.00", "50.00", "2026-02-10"]
    assert len(rows) == 6


def test_a_customer_is_told_whole(story: None, account: Account, get: Get) -> None:
    page = get(_address(account, "ann@x.example"))

    for label, value in (("Net sales", "€50.00"), ("Orders", "2"), ("Average order value", "€25.00")):
        assert re.search(rf"<dt>{label}</dt><dd><a[^>]*>{value}</a>", page), label
    assert re.search(r"<dt>Time between orders</dt><dd>31.00.days</dd>", page)
    assert "TEE" in page
    assert '<span class="tag warn">Failed</span>' in page


def test_a_merged_customer_s_rows_are_on_the_other_s_page(
    story: None, account: Account, get: Get, client: Client
) -> None:
    ann, bea = (_customer(account, f"{name}@x.example") for name in ("ann", "bea"))
    found = flat(client.post(f"/customers/{ann}/", {"search": "bea"}).content)
    assert f"/customers/{bea}/merge/" in found

    client.post(f"/customers/{bea}/merge/", {"into": ann, "back": f"/customers/{ann}/"})

    page = get(f"/customers/{ann}/")
    assert "bea@x.example counts as this customer." in page
    assert page.count("bea@x.example</a>") == 4  # two rows, each for two widths


def test_a_viewer_decides_nothing(story: None, account: Account, client: Client) -> None:
    bob = make.user("bob")
    make.member(account, bob, Role.VIEWER)
    client.force_login(bob)

    assert "Merge or leave out" not in flat(client.get(_address(account, "ann@x.example")).content)


def test_a_bad_address_is_answered_with_a_message(story: None, get: Get) -> None:
    assert "Not all of the address was understood" in get("/customers/?on=3000-01-01&cohorts=x")
    assert "Not all of the address was understood" in get("/customers/list/?cell=9-9&segment=x&cohort=2026-13")


def test_as_many_queries_for_many_customers_as_for_one(account: Account, get: Get) -> None:
    source, counts = make.source(account), []
    for number in (1, 20):
        rows = [
            make.movement("9.00 EUR", f"2026-0{n % 2 + 1}-20 10:00", customer=f"c{n}@x.example", lines=f"P{n} 1 900")
            for n in range(number)
        ]
        make.post(source, *rows, make.movement("1.00 EUR", "2026-02-21 10:00", customer="c0@x.example"))
        make.follow(account)
        for address in ("/customers/?period=all", "/customers/list/?period=all", _address(account, "c0@x.example")):
            with CaptureQueriesContext(connection) as queries:
                get(address)
            counts.append(len(queries))

    assert counts == [PAGE_QUERIES, LIST_QUERIES, ONE_QUERIES] * 2


def _customer(account: Account, email: str) -> str:
    with tenant(account.pk):
        return str(account.customers.get(email=email).public_id)


def _address(account: Account, email: str) -> str:
    return f"/customers/{_customer(account, email)}/"


def test_a_whole_domain_is_left_out_and_taken_in_again(story: None, account: Account, client: Client, get: Get) -> None:
    with tenant(account.pk):
        ann = account.customers.get(email="ann@x.example")
    assert "6 customers have an address at x.example" in get(f"/customers/{ann.public_id}/")
    client.post("/customers/exclusions/", {"rule": "x.example", "back": "/customers/list/"})
    page = get("/customers/list/")
    assert "Everybody at x.example" in page
    [again] = re.findall(r'action="(/customers/exclusions/[^"]+/removal/)"', page)

    client.post(again, {"back": "/customers/list/"})

    assert "Everybody at x.example" not in get("/customers/list/")


def test_a_row_says_that_its_customer_is_left_out(story: None, account: Account, client: Client, get: Get) -> None:
    client.post("/customers/exclusions/", {"rule": "bea@x.example"})
    rebooking.rebook_slice(account.pk)

    assert get("/transactions/?period=all").count("Customer left out") == 2  # her sale and its refund
