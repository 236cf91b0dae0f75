"""A shop with bookings by chance, and the plain reading of its customers."""

import random
from datetime import datetime, timedelta

from analytics.query import Query
from datasources.models import Booking
from tests.analytics.make import Shop, at

SOURCES = ("stripe", "paypal", "woo")
KINDS = ("sale",) * 4 + ("refund", "correction", "dispute", "dispute_reversal", "fee", "pending_sale", "failed_sale")
NEGATIVE = {"refund", "correction", "dispute", "fee"}
SPAN = timedelta(days=100)
START = at("2026-01-20 00:00")


def fill(shop: Shop, seed: int, count: int = 120) -> None:
    """Book movements around four months' ends, also in the minutes around midnight."""
    chance = random.Random(seed)
    for name in SOURCES:
        shop.source(name)
    for _ in range(count):
        _book(shop, chance)
    mark_first_orders(shop)


def _book(shop: Shop, chance: random.Random) -> None:
    kind = chance.choice(KINDS)
    amount = chance.choice([0, 5, 999, 12345]) * (-1 if kind in NEGATIVE else 1)
    source, other = chance.sample(SOURCES, 2)
    condition = chance.choice([{}, {}, {"present": [other]}, {"absent": [other]}])
    unknown = {f"base_{name}": None for name in ("amount", "fee", "tax", "shipping", "discount")}
    rate = chance.choice([{}, {}, {}, unknown])
    booking = shop.book(
        kind, amount, _moment(chance), source=source, customer=chance.choice(["ann", "bob", "cid", "dan", None]),
        country=chance.choice(["DE", "US", None]), currency=chance.choice(["EUR", "USD"]), tax=amount // 7,
        shipping=amount // 9, fee=chance.choice([0, 30]), discount=chance.choice([0, 100]),
        units=chance.choice([0, 1, 3]), is_failed_order=kind == "failed_sale" and chance.random() < 0.5,
        **condition, **rate,
    )  # fmt: skip
    if kind in {"sale", "refund", "correction"}:
        _sell(shop, booking, chance)


def _sell(shop: Shop, booking: Booking, chance: random.Random) -> None:
    """One or two products, and the rest of the goods without any."""
    rest, is_order = booking.amount - booking.tax - booking.shipping, booking.is_order
    for name in chance.sample(["Tee", "Mug", "Cap"], chance.choice([0, 1, 1, 2])):
        part = chance.choice([rest // 2, rest // 3, 0])
        quantity = chance.choice([0, 1, 3]) * (-1 if booking.kind in NEGATIVE else 1)
        shop.line(booking, name, part, quantity=quantity, is_order=is_order)
        rest -= part
    if rest:
        shop.line(booking, None, rest, quantity=0, is_order=False)


def _moment(chance: random.Random) -> datetime:
    day = START + timedelta(days=chance.randrange(SPAN.days))
    return day + timedelta(minutes=chance.choice([0, 1, 375, 435, 615, 1020, 1080, 1095, 1380, chance.randrange(1440)]))


def mark_first_orders(shop: Shop) -> None:
    """Set `is_first` as booking does: over all sources."""
    orders = [one for one in held(shop.query("2026-01-01", "2026-12-31")) if one.is_order and one.customer_id]
    first: dict[int | None, Booking] = {}
    for one in sorted(orders, key=lambda one: (one.occurred_at, one.pk)):
        first.setdefault(one.customer_id, one)
    Booking.objects.filter(account=shop.account, pk__in=[one.pk for one in first.values()]).update(is_first=True)


def held(query: Query) -> list[Booking]:
    """The bookings of all time that hold for the query's sources, by the words of their docstring."""
    sources = query.scope.sources
    return [
        one
        for one in Booking.objects.filter(account=query.account)
        if one.source_id in sources
        and (one.present is None or set(one.present) <= sources)
        and (one.absent is None or not set(one.absent) & sources)
    ]
