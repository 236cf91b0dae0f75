"""All of Stripe's streams against the sandbox, which shares nothing with the connector: its sums, its judge."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import pytest

from datasources.connectors.base import DetailDraft, Draft, MovementDraft
from datasources.connectors.http import Http
from datasources.connectors.registry import CONNECTORS
from datasources.connectors.streams import UNFILTERED, Window
from datasources.sandbox.dialects.stripe import Manner
from datasources.sandbox.server import Sandbox
from datasources.sandbox.wire import Answer, Request
from datasources.sandbox.world.shop import World
from datasources.sandbox.world.sums import Figures, figures
from tests.sandbox.openapi import complaints

STRIPE = CONNECTORS["stripe"]
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPENED = date(2026, 6, 1)
VERSIONS = ("2026-06-24.dahlia", "2020-08-27")


@dataclass
class Shop:
    """The sandbox's shop, and every request that reached it."""

    world: World = field(default_factory=lambda: World(opened=OPENED))
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def note(self, request: Request) -> Answer | None:
        """Note a request, and let it pass."""
        query = request.query if isinstance(request.query, str) else urlencode(request.query)
        self.asked.append(f"{request.path}?{query}")
        return None

    def figures(self) -> Figures:
        """The shop's own sums."""
        return figures(self.world.grow(NOW), days=(OPENED, NOW.date()), zone="UTC", now=NOW)

    def drafts(self, version: str) -> dict[str, list[Draft]]:
        """What the connector makes of each stream."""
        headers = {**STRIPE.headers("rk_test_sandbox_reader"), "Stripe-Version": version}
        http = Http(f"{self.url}/stripe", headers=headers, explain=STRIPE.explain)
        found: dict[str, list[Draft]] = {}
        for stream in STRIPE.streams:
            window = Window(NOW - stream.reach if stream.reach else STRIPE.begins, NOW)
            records = [record for page in STRIPE.pages(http, stream, window, "") for record in page.records]
            found[stream.name] = [draft for record in records for draft in STRIPE.normalise(record, stream)]
        http.close()
        return found


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """A shop of half a year, whose clock stands still."""
    shop = Shop()
    manner = Manner(per_second=10**9)
    with Sandbox(world=shop.world, now=lambda: NOW, stripe=manner, faults=shop.note) as sandbox:
        shop.url = sandbox.url
        yield shop


@pytest.fixture(scope="module", params=VERSIONS)
def told(shop: Shop, request: pytest.FixtureRequest) -> dict[str, list[Draft]]:
    """The drafts of all streams, by each version of the API."""
    return shop.drafts(request.param)


def details(told: dict[str, list[Draft]], *streams: str) -> list[DetailDraft]:
    """The details of some streams."""
    return [draft for stream in streams for draft in told[stream] if isinstance(draft, DetailDraft)]


def rows(told: dict[str, list[Draft]]) -> dict[str, MovementDraft]:
    """The rows as a ledger would keep them: one for each id, with the status that its charge tells."""
    found = {
        draft.external_id: draft for drafts in told.values() for draft in drafts if isinstance(draft, MovementDraft)
    }
    for detail in details(told, "charges"):
        if detail.status and detail.about in found:
            found[detail.about] = replace(found[detail.about], status=detail.status)
    return found


def total(told: dict[str, list[Draft]], *kinds: str) -> Counter[str]:
    """The settled money of some kinds, by currency."""
    money: Counter[str] = Counter()
    for row in rows(told).values():
        if row.kind in kinds and row.status == "settled":
            money[row.amount.currency] += row.amount.minor
    return money


def test_sums_are_those_of_the_shop(shop: Shop, told: dict[str, list[Draft]]) -> None:
    expected = shop.figures()

    assert total(told, "sale", "adjustment") == expected.gross
    assert -total(told, "refund").total() == expected.refunds.total()
    assert -total(told, "dispute", "dispute_reversal").total() == expected.disputes.total()


def test_fees_are_those_of_the_shop(shop: Shop, told: dict[str, list[Draft]]) -> None:
    kept_back = sum(row.fee for row in rows(told).values() if row.status == "settled")

    assert kept_back - total(told, "fee").total() == shop.figures().fees.total()


def test_failed_payments_are_those_of_the_shop(shop: Shop, told: dict[str, list[Draft]]) -> None:
    assert sum(row.status == "failed" for row in rows(told).values()) == shop.figures().failed


def test_every_refund_dispute_and_correction_finds_its_parent(told: dict[str, list[Draft]]) -> None:
    found = rows(told)
    parents = {detail.about: detail.parent_ref for detail in details(told, "refunds", "disputes")}
    children = [row for row in found.values() if row.kind in {"refund", "dispute", "dispute_reversal", "adjustment"}]

    assert children
    assert all((row.parent_ref or parents[row.payment_ref or ""]) in found for row in children)


def test_every_paid_invoice_tells_its_items_of_a_known_payment(told: dict[str, list[Draft]]) -> None:
    invoices = details(told, "invoices")
    known = {detail.order_ref for detail in details(told, "charges")} | set(rows(told))

    assert invoices
    assert all(detail.items for detail in invoices)
    assert {detail.about for detail in invoices} <= known


def test_a_walk_resumed_after_each_page_reads_what_one_walk_reads(shop: Shop) -> None:
    charges = next(stream for stream in STRIPE.streams if stream.name == "charges")
    http = Http(f"{shop.url}/stripe", headers=STRIPE.headers("rk_test_sandbox_reader"))
    found: list[str] = []
    window, position = Window(STRIPE.begins, NOW), ""
    whole = [record.id for page in STRIPE.pages(http, charges, window, "") for record in page.records]

    while position or not found:
        page = next(STRIPE.pages(http, charges, window, position))
        found += [record.id for record in page.records]
        position = page.position

    assert len(whole) > 100
    assert found == whole


@pytest.mark.parametrize("name", [stream.name for stream in STRIPE.streams])
def test_no_list_has_to_be_asked_for_less(shop: Shop, name: str) -> None:
    stream = next(stream for stream in STRIPE.streams if stream.name == name)
    http = Http(f"{shop.url}/stripe", headers=STRIPE.headers("rk_test_sandbox_reader"))
    window = Window(NOW - stream.reach if stream.reach else STRIPE.begins, NOW)
    pages = list(STRIPE.pages(http, stream, window, ""))

    assert pages
    assert not any(page.is_unfiltered or UNFILTERED in page.position for page in pages)


def test_requests_are_as_stripe_describes_them(shop: Shop, told: dict[str, list[Draft]]) -> None:
    assert told
    assert [complaint for request in shop.asked for complaint in complaints("GET", request)] == []
