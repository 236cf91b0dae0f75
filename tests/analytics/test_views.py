"""Home: what it shows, of which period, and what it costs."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account, Role
from analytics import rollups
from analytics.presets import PERIODS
from datasources.models import Rate
from tests import make

pytestmark = pytest.mark.django_db

HOME_QUERIES = 29
Read = Callable[..., str]


@pytest.fixture
def account() -> Account:
    return make.account()


@pytest.fixture
def read(account: Account, client: Client) -> Read:
    """Home, as text, for its owner."""
    owner = make.user("alice")
    make.member(account, owner, Role.OWNER)
    client.force_login(owner)

    def page(**parameters: str) -> str:
        answer = client.get("/", parameters)
        assert answer.status_code == 200
        return text(answer.content)

    return page


def text(content: bytes) -> str:
    """A page with single spaces and without escapes."""
    return re.sub(r"\s+", " ", unescape(content.decode()))


@pytest.fixture
def sell(account: Account) -> Callable[..., None]:
    """Post sales and bring the figures up to date."""
    source = make.source(account)

    def sold(*amounts: str, at: str = "2026-01-30 10:00", **fields: str) -> None:
        make.post(source, *(make.movement(amount, at, **fields) for amount in amounts))
        rollups.drain(account.pk, now=datetime(2026, 3, 1, tzinfo=UTC))

    return sold


def card(page: str, label: str) -> str:
    """What a card says, without its tags."""
    found = re.search(rf"<h2><a[^>]*>{label}</a>.*?</article>", page)
    assert found
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", found[0]))


def test_without_sources_there_is_no_figure_but_a_way_to_the_first_one(read: Read) -> None:
    page = read()

    assert "Connect your first source" in page
    assert 'href="/static/sample-ledger.csv"' in page
    assert "Net sales" not in page


def test_a_card_says_value_change_and_what_it_is_compared_with(read: Read, sell: Callable[..., None]) -> None:
    sell("80.00 EUR", at="2026-01-30 10:00")
    sell("100.00 EUR", at="2026-02-10 10:00")

    page = read(**{"from": "2026-02-01", "to": "2026-02-28"})

    assert "€100.00 up ▲ 25.0% (better) €80.00 in 4 – 31 Jan 2026" in card(page, "Net sales")
    assert "1 – 28 Feb 2026, compared with 4 – 31 Jan 2026 · EUR" in page


def test_growth_from_nothing_is_new_and_nothing_is_a_dash(read: Read, sell: Callable[..., None]) -> None:
    sell("100.00 EUR", at="2026-02-10 10:00")

    page = read(**{"from": "2026-02-01", "to": "2026-02-28"})

    assert "up ▲ new (better)" in card(page, "Net sales")
    assert "0.00% — — in" in card(page, "Refund rate")


def test_without_comparison_nothing_is_compared(read: Read, sell: Callable[..., None]) -> None:
    sell("100.00 EUR", at="2026-02-10 10:00")

    page = read(compare="none", **{"from": "2026-02-01", "to": "2026-02-28"})

    assert "compared with" not in page
    assert "▲" not in card(page, "Net sales")


def test_days_are_the_accounts(read: Read, sell: Callable[..., None]) -> None:
    sell("100.00 EUR", at="2026-01-31 23:30")  # half past midnight in Berlin

    assert "€100.00" in card(read(**{"from": "2026-02-01", "to": "2026-02-01"}), "Net sales")
    assert "€0.00" in card(read(**{"from": "2026-01-31", "to": "2026-01-31"}), "Net sales")


@pytest.mark.parametrize("period", [*PERIODS, "all", "custom"])
def test_every_period_can_be_shown(read: Read, sell: Callable[..., None], period: str) -> None:
    sell("100.00 EUR", at=f"{timezone.now():%Y-%m-%d 00:00}")

    assert f'value="{period}" selected' in read(period=period)


BAD = """
    period=soon from=2026-02-30 from=1969-12-31 to=9999-12-31 from=2026-02-02&to=2026-02-01 compare=never
    sources=1 sources=8a5151c2-1067-4884-b5ef-fde948f7aa4e currency=XXX currency=%00 from=%00&to=%F0
"""


@pytest.mark.parametrize("address", BAD.split())
def test_what_is_not_understood_is_said_and_the_default_shown(
    client: Client, read: Read, sell: Callable[..., None], address: str
) -> None:
    sell("100.00 EUR", at=f"{timezone.now() - timedelta(days=1):%Y-%m-%d 12:00}")

    answer = client.get(f"/?{address}")

    assert answer.status_code == 200
    page = text(answer.content)
    assert "Not all of the address was understood" in page
    assert "€100.00" in card(page, "Net sales")


def test_a_long_period_is_drawn_by_month(read: Read, sell: Callable[..., None]) -> None:
    sell("100.00 EUR")

    assert "Net sales by day" in read(**{"from": "2026-01-01", "to": "2026-04-02"})
    assert "Net sales by month" in read(**{"from": "2026-01-01", "to": "2026-04-03"})


def test_rows_without_exchange_rate_are_named_and_in_no_total(read: Read, sell: Callable[..., None]) -> None:
    sell("100.00 EUR", "7.00 USD", "8.00 USD", "9.00 GBP")

    page = read(period="all")

    assert "1 row in GBP and 2 rows in USD not converted" in page
    assert "€100.00" in card(page, "Net sales")


def test_a_display_currency_is_marked(read: Read, sell: Callable[..., None]) -> None:
    Rate.objects.create(currency="USD", on=date(2026, 1, 30), units_per_eur=Decimal("1.20"))
    sell("100.00 EUR")

    page = read(period="all", currency="USD")

    assert "≈ $120.00" in card(page, "Net sales")
    assert "≈ Amounts in USD are approximate" in page


def test_figures_that_wait_for_changes_say_so(read: Read, account: Account, sell: Callable[..., None]) -> None:
    sell("100.00 EUR")
    assert "being added up" not in read()

    make.post(make.source(account, "paypal"), make.movement())

    assert "Changes are being added up" in read()


def test_figures_that_were_never_added_up_come_by_themselves(read: Read, account: Account) -> None:
    make.post(make.source(account), make.movement())

    page = read()

    assert "for the first time" in page
    assert 'hx-trigger="every 3s"' in page


def test_a_customers_address_stands_in_no_address(read: Read, sell: Callable[..., None]) -> None:
    sell("100.00 EUR", customer="ann@example.com")

    page = read(period="all")

    assert ">ann@example.com<" in page
    assert not re.search(r'href="[^"]*(@|%40)', page)


@pytest.mark.rule("X6")
@pytest.mark.parametrize("address", ["/?period=all", "/transactions/?period=all", "/sources/"])
def test_words_from_outside_stay_words(read: Read, client: Client, account: Account, address: str) -> None:
    source = make.source(account, "<script>alert(1)</script>\u202e{{ 7 }}")
    make.post(source, make.movement(external_id="<b id=x>", customer='"><img/onerror=x>@example.com'))
    rollups.drain(account.pk, now=datetime(2026, 3, 1, tzinfo=UTC))

    page = client.get(address).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩{{ 7 }}" in page
    assert not [bad for bad in ("<script>", "<img", "<b id", "\u202e") if bad in page]


def test_as_many_queries_for_many_rows_as_for_one(read: Read, sell: Callable[..., None]) -> None:
    read()  # now the session knows where it is used
    counts = []
    for amounts in (("1.00 EUR",), tuple(f"{number}.00 EUR" for number in range(2, 22))):
        sell(*amounts)
        with CaptureQueriesContext(connection) as queries:
            read(period="all")
        counts.append(len(queries))

    assert counts == [HOME_QUERIES, HOME_QUERIES]


@pytest.mark.parametrize(
    ("address", "are_invented"), [("http://127.0.0.1:9/ecb", True), ("https://www.ecb.europa.eu", False)]
)
def test_invented_rates_are_said_to_be_invented(
    read: Read, sell: Callable[..., None], settings: Settings, address: str, *, are_invented: bool
) -> None:
    settings.SANDBOX_URL, settings.PROVIDER_ECB_API_URL = "http://127.0.0.1:9", address
    sell("10.00 EUR")

    assert ("recent rates are invented" in read()) == are_invented
