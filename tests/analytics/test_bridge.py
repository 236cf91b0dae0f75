"""Why a month is not what its provider shows: lines that lead from one to the other, and the rows of each."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from analytics import bridge, engine
from analytics.bridge import Bridge, Line, Month
from analytics.query import By, Query, Scope
from datasources.models import DataSource, PayoutPart, Rate, Reconciliation, StatementKind
from datasources.services import excluding
from putler.kernel.periods import month_of
from putler.tenancy import tenant
from tests import make
from tests.make import movement

pytestmark = [pytest.mark.django_db, pytest.mark.rule("S7")]
JANUARY = date(2026, 1, 1)
ALL_THERE = "2026-02-28T12:00:00+00:00"


@pytest.fixture
def stripe(alice: User) -> DataSource:
    """A month of everything, hand-computed below. Berlin's January begins and ends an hour before UTC's."""
    account = alice.memberships.get().account
    Rate.objects.create(currency="USD", on="2026-01-09", units_per_eur="2")
    stripe, shop = make.source(account, provider="stripe"), make.source(account, "shop", kind="store")
    with tenant(account.pk):
        excluding.exclude(account, "test.example", by=alice)
    make.post(shop, movement("40.00 EUR", "2026-01-10 09:59", external_id="W", payment_ref="b"))
    make.post(
        stripe,
        movement("7.00 EUR", "2025-12-31 23:30", external_id="new-years-eve", fee=20),
        movement("100.00 EUR", "2026-01-05 10:00", external_id="a", fee=300),
        movement("40.00 EUR", "2026-01-10 10:00", external_id="b", fee=100),
        movement("-30.00 EUR", "2026-01-11 10:00", external_id="r", kind="refund", parent_ref="a"),
        movement("-20.00 EUR", "2026-01-12 10:00", external_id="d", kind="dispute", parent_ref="a", fee=1500),
        movement("5.00 EUR", "2026-01-13 10:00", status="pending", fee=10),
        movement("9.00 EUR", "2026-01-14 10:00", status="failed"),
        movement("11.00 EUR", "2026-01-15 10:00", customer="me@test.example", fee=30),
        movement("-2.00 EUR", "2026-01-16 10:00", kind="fee"),
        movement("-1.50 EUR", "2026-01-17 10:00", kind="adjustment"),
        movement("-60.00 EUR", "2026-01-20 10:00", kind="payout"),
        movement("60.00 USD", "2026-01-09 10:00", external_id="usd", fee=200),
        movement("60 XAF", "2026-01-09 11:00", external_id="xaf"),
        movement("13.00 EUR", "2026-01-31 23:15", external_id="last", fee=40),
    )  # fmt: skip
    with tenant(account.pk):
        PayoutPart.objects.create(
            account=account, source=stripe, external_id="lost", payout_ref="po", net=777, currency="EUR",
            at=datetime(2026, 1, 7, tzinfo=UTC),
        )  # fmt: skip
    make.follow(account)
    return stripe


@pytest.fixture
def alice(db: None) -> User:
    alice = make.user("alice")
    make.member(make.account(), alice, Role.OWNER)
    return alice


def balance(source: DataSource, at: str, *, ours: int, theirs: int) -> None:
    Reconciliation.objects.create(
        account=source.account, source=source, ref=at, kind=StatementKind.BALANCE, currency="EUR", to_at=at,
        ours=ours, theirs=theirs, made_at=at,
    )  # fmt: skip


def bridges(source: DataSource, day: date = JANUARY) -> dict[str, Bridge]:
    with tenant(source.account_id):
        return {one.currency: one for one in bridge.bridges(Month.of(source.account, source, day))}


def test_lines_lead_from_our_net_sales_to_what_moved_there(stripe: DataSource) -> None:
    euro = bridges(stripe)["EUR"]

    assert (euro.gross, euro.refunds, euro.disputes, euro.here) == (14700, 3000, 2000, 9700)
    assert euro.steps == {
        Line.AFTER: (1, -700),
        Line.BEFORE: (1, 1300),
        Line.PENDING: (1, 500),
        Line.LEFT_OUT: (1, 1100),
        Line.UNSETTLED: (1, 0),
        Line.FEES: (6, -(300 + 100 + 1500 + 10 + 30 + 40)),
        Line.CHARGES: (1, -200),
        Line.ADJUSTMENTS: (1, -150),
        Line.UNREAD: (1, 777),
        Line.PAYOUTS: (1, -6000),
    }
    assert (euro.before_payouts, euro.there, euro.unexplained) == (10347, 4347, None)


def test_every_line_is_the_sum_of_its_rows(stripe: DataSource) -> None:
    euro = bridges(stripe)["EUR"]
    with tenant(stripe.account_id):
        month = Month.of(stripe.account, stripe, JANUARY)
        shares = {
            line: [row.share for row in bridge.rows_of(month, "EUR", line)]
            for line in (Line.HERE, *euro.steps)
            if line not in bridge.OF_PARTS
        }
        parts = bridge.parts_of(month, "EUR", Line.UNREAD)

    assert sum(shares.pop(Line.HERE)) == euro.here
    assert {line: (len(rows), sum(rows)) for line, rows in shares.items()} == {
        line: found for line, found in euro.steps.items() if line not in bridge.OF_PARTS
    }
    assert [one.external_id for one in parts] == ["lost"]


def test_our_side_is_the_figure_of_the_sales_page(stripe: DataSource) -> None:
    found = bridges(stripe)
    with tenant(stripe.account_id):
        month = month_of(JANUARY, stripe.account.zone)
        query = Query(stripe.account, month, Scope.of(stripe.account), make.NOW, By.SOURCE)
        net_sales = engine.run(query).groups["stripe"]["net_sales"]

    assert sum(one.base for one in found.values()) == int((net_sales or 0) * 100) == 9700 + 3000
    assert {code: one.unconverted for code, one in found.items()} == {"EUR": 0, "USD": 0, "XAF": 1}


def test_a_payment_that_counts_with_another_source_is_told_so(stripe: DataSource) -> None:
    with tenant(stripe.account_id):
        shop = stripe.account.sources.get(name="shop")
    euro = bridges(shop)["EUR"]

    assert (euro.here, euro.steps, euro.there) == (0, {Line.DUPLICATE: (1, 4000)}, 4000)


def test_a_balance_shows_what_no_movement_explains(stripe: DataSource) -> None:
    with tenant(stripe.account_id):
        balance(stripe, "2025-12-31T12:00:00+00:00", ours=0, theirs=50)
        balance(stripe, "2026-01-31T12:00:00+00:00", ours=0, theirs=50 + 777 + 9)
    january = bridges(stripe)["EUR"]

    assert (january.unexplained, january.there) == (9, 4347 + 9)


@pytest.mark.parametrize(("theirs", "unexplained"), [(777, 0), (800, None)])
def test_a_later_balance_vouches_for_a_month_unless_it_may_blame_it(
    stripe: DataSource, theirs: int, unexplained: int | None
) -> None:
    with tenant(stripe.account_id):
        balance(stripe, ALL_THERE, ours=0, theirs=theirs)

    assert bridges(stripe)["EUR"].unexplained == unexplained


def test_pages_tell_the_way_and_lead_to_its_rows(stripe: DataSource, alice: User, client: Client) -> None:
    client.force_login(alice)
    page = client.get(f"/sources/{stripe.public_id}/months/", {"month": "2026-01"}).content.decode()
    rows = f"/sources/{stripe.public_id}/months/rows/"
    ask = {"month": "2026-01", "currency": "EUR"}
    left_out = client.get(rows, ask | {"line": "left-out"}).content.decode()
    lost = client.get(rows, ask | {"line": "not-read"}).content.decode()

    with tenant(stripe.account_id):
        shop = stripe.account.sources.get(name="shop")
    of_a_file = client.get(f"/sources/{shop.public_id}/months/", {"month": "2026-01"}).content.decode()

    assert "history of stripe is still arriving" in page
    assert "still arriving" not in of_a_file
    assert "€97.00" in page
    assert "€103.47" in page
    assert f"{rows}?month=2026-01&amp;currency=EUR&amp;line=fees" in page
    assert '1 row, together <b class="num">€11.00</b>' in left_out
    assert "Customer left out" in left_out
    assert "lost" in lost
    assert client.get(rows, {"month": "x"}).status_code == 302


def test_the_way_takes_as_many_queries_for_many_rows(stripe: DataSource, alice: User, client: Client) -> None:
    client.force_login(alice)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/sources/{stripe.public_id}/months/", {"month": "2026-01"})
        counts.append(len(queries))
        make.post(stripe, *(movement("1.00 EUR", "2026-01-08 10:00") for _ in range(20)))

    assert counts[0] == counts[1]


def test_who_sees_one_source_sees_its_month_as_if_no_other_were(stripe: DataSource) -> None:
    with tenant(stripe.account_id):
        shop = stripe.account.sources.get(name="shop")
        shop.account.seen_sources = frozenset({shop.pk})
        [euro] = bridge.bridges(Month.of(shop.account, shop, JANUARY))

    assert (euro.here, euro.steps, euro.there) == (4000, {}, 4000)
