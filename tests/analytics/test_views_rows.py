"""Transactions: every row with what it counts as, the rows behind a figure, and the search."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Role
from analytics import rollups, rows
from analytics.metrics.base import Elapsed, Ratio, Simple, Total
from analytics.metrics.registry import METRICS
from analytics.templatetags.metrics import figure
from datasources.models import Customer, SourceKind
from putler.tenancy import tenant
from tests import make

pytestmark = pytest.mark.django_db

WINTER = {"from": "2026-01-01", "to": "2026-02-28"}
Read = Callable[..., str]
Post = Callable[..., None]


@pytest.fixture
def account() -> Account:
    return make.account()


@pytest.fixture
def read(account: Account, client: Client) -> Read:
    """The page as text, by GET, or by POST with words to search for."""
    owner = make.user("alice")
    make.member(account, owner, Role.OWNER)
    client.force_login(owner)

    def page(words: str = "", **parameters: str) -> str:
        query = WINTER | parameters
        if words:
            answer = client.post("/transactions/", {"search": words}, query_params=query)
        else:
            answer = client.get("/transactions/", query)
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", unescape(answer.content.decode()))

    return page


@pytest.fixture
def post(account: Account) -> Post:
    """Post rows of a source, a gateway unless its name is “shop”, and bring the figures up to date."""
    sources: dict[str, Any] = {}

    def posted(*rows: Any, source: str = "stripe") -> None:
        kind = SourceKind.STORE if source == "shop" else SourceKind.GATEWAY
        make.post(sources.get(source) or sources.setdefault(source, make.source(account, source, kind=kind)), *rows)
        rollups.drain(account.pk, now=datetime(2026, 3, 1, tzinfo=UTC))

    return posted


def cells(page: str) -> list[list[str]]:
    """The table's rows, each as its cells' words."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.split("<tbody>")[-1]) if "<tbody>" in page else []
    return [[re.sub(r"<[^>]*>| +", " ", cell).strip() for cell in re.split(r"</t[dh]>", row)[:-1]] for row in rows]


def whys(page: str) -> dict[str, str]:
    """{external id: the words of the row's tag}."""
    rows = re.findall(r'<span class="what"><span>(.*?)</span> <span class="small muted">([^ <]*)', page)
    return {external_id: re.sub(r"^.*<span class=\"tag[^>]*>|<[^>]*>.*$", "", words) for words, external_id in rows}


def test_every_row_is_listed_with_the_reason_why_it_is_not_counted(read: Read, post: Post) -> None:
    post(
        make.movement("10.00 EUR", external_id="ok"),
        make.movement("58.00 EUR", external_id="PP-1"),
        make.movement("5.00 EUR", external_id="waits", status="pending"),
        make.movement("5.00 EUR", external_id="broke", status="failed"),
        make.movement("-50.00 EUR", external_id="out", kind="payout"),
        make.movement("-3.00 EUR", external_id="loose", kind="adjustment"),
        make.movement("7.00 XAF".replace(".00", ""), external_id="exotic"),
    )
    post(make.movement("58.00 EUR", external_id="W-1", payment_ref="PP-1"), source="shop")

    assert whys(read()) == {
        "ok": "Sale",
        "PP-1": "Sale",
        "waits": "Pending",
        "broke": "Failed",
        "out": "Own money, not counted",
        "loose": "Belongs to no sale, not counted",
        "exotic": "Not converted: no rate for XAF",
        "W-1": "Duplicate of PP-1",
    }


def test_a_duplicate_counts_where_its_twin_is_out_of_view(read: Read, post: Post, account: Account) -> None:
    post(make.movement("58.00 EUR", external_id="PP-1"))
    post(make.movement("58.00 EUR", external_id="W-1", payment_ref="PP-1"), source="shop")
    with tenant(account.pk):
        shop = account.sources.get(name="shop")

    page = read(sources=str(shop.public_id))

    assert whys(page) == {"W-1": "Sale"}
    assert "€58.00" in cells(page)[0][-1]


@pytest.fixture
def busy(post: Post) -> None:
    """A winter with everything in it."""
    post(
        make.movement("110.00 EUR", "2026-01-30 10:00", external_id="a", fee=330, tax=1000, customer="ann@x.example",
                      lines="TEE 1 10000", country="DE"),
        make.movement("50.00 EUR", "2026-01-31 23:30", external_id="b", fee=100, customer="bob@x.example"),
        make.movement("-55.00 EUR", "2026-02-01 09:00", external_id="c", kind="refund", parent_ref="a",
                      customer="ann@x.example"),
        make.movement("-50.00 EUR", "2026-02-04 09:00", external_id="d", kind="dispute", parent_ref="b", fee=1500),
        make.movement("20.00 EUR", "2026-02-03 08:00", external_id="e", status="failed", customer="cid@x.example"),
        make.movement("30.00 EUR", "2026-02-03 09:00", external_id="f", status="pending"),
        make.movement("-2.00 EUR", "2026-02-05 09:00", external_id="g", kind="fee"),
    )  # fmt: skip


OF_ALL = [slug for slug, metric in METRICS.items() if metric.can_be(None)]
OF_A_PRODUCT = [slug for slug in METRICS if slug not in OF_ALL]
SUMMED = [slug for slug in OF_ALL if isinstance(METRICS[slug], Simple | Total)]


@pytest.mark.parametrize(
    "part", [{}, {"by": "month", "group": "2026-02"}, {"by": "source", "group": "stripe"}], ids=str
)
def test_the_rows_of_a_figure_add_up_to_it(busy: None, read: Read, part: dict[str, str]) -> None:
    for slug in SUMMED:
        page = read(metric=slug, **part)
        value = re.search(r'<p class="value">(.*?)</p>', page)
        assert value, slug
        total = re.search(r'together <b class="num">(.*?)</b>', page)
        shown = total[1] if total else figure(METRICS[slug], 0, "EUR")  # without rows
        assert (slug, shown) == (slug, value[1])


@pytest.mark.parametrize("slug", OF_A_PRODUCT)
def test_the_rows_of_a_products_figure_add_up_to_it(busy: None, read: Read, account: Account, slug: str) -> None:
    with tenant(account.pk):
        tee = str(account.products.get(sku="TEE").public_id)

    page = read(metric=slug, by="product", group=tee)

    value, total = re.search(r'<p class="value">(.*?)</p>', page), re.search(r'together <b class="num">(.*?)</b>', page)
    assert value
    assert (total is None) == isinstance(METRICS[slug], Ratio)
    assert total is None or total[1] == value[1]


def test_a_products_figure_is_of_one_product(busy: None, read: Read) -> None:
    page = read(metric="product_units")

    assert "“Units” is a figure of a product: choose one." in page


def test_a_figure_that_is_no_sum_names_its_parts_or_the_rows_it_looks_at(busy: None, read: Read) -> None:
    for slug in (slug for slug in OF_ALL if slug not in SUMMED):
        page, metric = read(metric=slug), METRICS[slug]
        assert f"= {metric.formula}" in page, slug
        assert "together" not in page, slug
        assert ("Rows, table" in page) != isinstance(metric, Ratio | Elapsed), slug


def test_a_ratio_leads_to_its_parts_over_the_same_rows(busy: None, read: Read) -> None:
    page = read(metric="refund_rate", by="source", group="stripe")

    assert "metric=refunds&by=source&group=stripe&from=2026-01-01&to=2026-02-28" in page


@pytest.mark.parametrize(
    "address",
    """
    metric=x by=day&group=2026-02-30 by=month&group=x by=x&group=y by=product&group=x kind=x status=x after=1 customer=1
    group=%00 after=%F0
""".split(),
)
def test_a_bad_address_is_answered(busy: None, read: Read, client: Client, address: str) -> None:
    answer = client.get(
        f"/transactions/?{address}&metric=net_sales" if "by=" in address else f"/transactions/?{address}"
    )

    assert answer.status_code == 200
    assert "Not all of the address was understood" in answer.content.decode()


@pytest.mark.parametrize("parameters", [{}, {"metric": "orders"}])
def test_pages_lose_and_double_no_row(
    read: Read, post: Post, monkeypatch: pytest.MonkeyPatch, parameters: dict[str, str]
) -> None:
    monkeypatch.setattr(rows, "PAGE", 2)
    ids = [f"row{number}" for number in range(5)]
    post(*(make.movement(external_id=name) for name in ids))  # all at the same instant

    seen, page = [], read(**parameters)
    while True:
        seen += list(whys(page))
        older = re.search(r"after=([0-9a-f-]{36})", page)
        if not older:
            break
        page = read(after=older[1], **parameters)

    assert sorted(seen) == ids


def test_totals_are_those_of_the_rows_that_are_shown(busy: None, read: Read) -> None:
    totals = {
        "all": re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", read()),
        "refunds": re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", read(kind="refund")),
        "bob": re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", read("bob@x.example")),
    }

    assert ("Net sales", "€55.00") in totals["all"]  # 110 + 50 − 55 − 50
    assert ("Fees", "€21.30") in totals["all"]  # 3.30 + 1 + 15 + 2
    assert [(name, value) for name, value in totals["refunds"] if value != "€0.00"] == [
        ("Refunds", "€55.00"), ("Net sales", "−€55.00"), ("Taxes", "−€5.00")]  # fmt: skip
    assert ("Gross sales", "€50.00") in totals["bob"]


@pytest.mark.parametrize(("words", "found"), [("ann@x.example", {"a"}), ("ANN@", {"a"}), ("W-7", {"b"}), ("c", {"c"}),
                                              ("nobody", set()), ("%", set()), ("\\", set())])  # fmt: skip
def test_a_search_finds_people_orders_and_rows_of_all_time(read: Read, post: Post, words: str, found: set[str]) -> None:
    post(
        make.movement(at="2020-01-01 10:00", external_id="a", customer="ann@x.example"),
        make.movement(external_id="b", order_ref="W-7", customer="bob@x.example"),
        make.movement(external_id="c"),
    )

    assert set(whys(read(words))) == found


def test_a_search_stands_in_no_address_of_its_answer(read: Read, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "PAGE", 1)
    post(*(make.movement(customer="ann@x.example") for _ in range(3)))

    page = read("ann@x.example")

    assert not re.search(r'(href|action|hx-[a-z]+)="[^"]*(ann|@|%40)', page)
    hidden = page.count('name="search" value="ann@x.example"')
    assert hidden == 2  # in the form that leads on, and in that of the file


def test_a_customers_rows_are_found_by_a_random_id(busy: None, read: Read, account: Account) -> None:
    with tenant(account.pk):
        ann = Customer.objects.get(account=account, email="ann@x.example")

    assert set(whys(read(customer=str(ann.public_id)))) == {"a", "c"}


def test_a_page_of_rows_costs_the_same_for_one_and_for_twenty(read: Read, post: Post) -> None:
    read()  # now the session knows where it is used
    counts = []
    for number in (1, 20):
        post(*(make.movement(customer=f"{number}-{n}@x.example") for n in range(number)))
        for parameters in ({}, {"metric": "net_sales"}):
            with CaptureQueriesContext(connection) as queries:
                read(**parameters)
            counts.append(len(queries))

    assert counts[:2] == counts[2:]
    assert max(counts) <= 19
