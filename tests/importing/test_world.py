"""What is imported adds up to what the shop itself says it earned."""

from collections import Counter
from datetime import date

import pytest
from django.db.models import Count, Sum

from datasources.models import Booked, Booking
from datasources.sandbox.server import Sandbox
from datasources.sandbox.world.shop import World
from datasources.sandbox.world.sums import Figures, figures
from putler.kernel.periods import Period
from putler.tenancy import tenant
from tests.importing.conftest import Clock, Importer

RANGES = [
    (date(2025, 9, 1), date(2026, 3, 1)),
    (date(2025, 12, 1), date(2025, 12, 31)),
    (date(2026, 2, 14), date(2026, 2, 14)),
]


def imported(importer: Importer, days: tuple[date, date]) -> Figures:
    """The same sums over the bookings."""
    found = Figures()
    with tenant(importer.account.pk):
        interval = Period(*days, importer.account.zone).interval
        rows = Booking.objects.filter(occurred_at__gte=interval.start, occurred_at__lt=interval.end)
        sums = {name: Sum(name) for name in ("amount", "fee", "tax", "shipping")}
        for row in rows.values("kind", "currency").annotate(**sums).order_by():
            add(found, dict(row))
        orders = rows.filter(is_order=True)
        found.orders = Counter(dict(orders.values_list("currency").annotate(Count("pk")).order_by()))
        found.customers = orders.exclude(customer=None).values("customer").distinct().count()
        found.failed = rows.filter(kind=Booked.FAILED_SALE).count()
    return found


def add(found: Figures, row: dict[str, object]) -> None:
    kind, currency = row["kind"], str(row["currency"])
    amount, fee = int(str(row["amount"])), int(str(row["fee"]))
    if kind in {Booked.PENDING_SALE, Booked.FAILED_SALE}:
        return
    if kind in {Booked.SALE, Booked.CORRECTION}:
        found.gross[currency] += amount
    elif kind == Booked.REFUND:
        found.refunds[currency] -= amount
    elif kind in {Booked.DISPUTE, Booked.DISPUTE_REVERSAL}:
        found.disputes[currency] -= amount
    found.fees[currency] += fee - (amount if kind == Booked.FEE else 0)
    if kind in {Booked.SALE, Booked.CORRECTION, Booked.REFUND}:
        found.tax[currency] += int(str(row["tax"]))
        found.shipping[currency] += int(str(row["shipping"]))


@pytest.fixture
def filled(importer: Importer) -> Importer:
    importer.run()
    return importer


def test_every_sum_is_the_shops_own(filled: Importer, sandbox: Sandbox, world: World, clock: Clock) -> None:
    zone = filled.account.time_zone

    for days in RANGES:
        own = figures(world.facts, days=days, zone=zone, now=clock())
        found = imported(filled, days)
        for name in ("gross", "refunds", "disputes", "fees", "tax", "shipping", "orders", "customers", "failed"):
            assert getattr(found, name) == getattr(own, name), (name, days)
