"""The shop's own sums, and the same over what was imported."""

from collections import Counter
from datetime import date, datetime
from typing import Final

from django.db.models import Count, Sum

from accounts.models import Account
from datasources.models import Booked, Booking
from datasources.sandbox.world.shop import World
from datasources.sandbox.world.sums import Figures, figures
from putler.kernel.periods import Period
from putler.tenancy import tenant

NAMES = ("gross", "refunds", "disputes", "fees", "tax", "shipping", "orders", "customers", "failed")

Days = tuple[date, date]
DAYS: Final = (date(2026, 2, 8), date(2026, 3, 1))  # of the young shop
Sums = dict[str, object]


def own_sums(world: World, account: Account, days: Days, *, now: datetime) -> Sums:
    """What the shop itself says it earned."""
    return _told(figures(world.facts, days=days, zone=account.time_zone, now=now))


def imported_sums(account: Account, days: Days) -> Sums:
    """The same over the bookings, with all sources in view."""
    found = Figures()
    with tenant(account.pk):
        interval = Period(*days, account.zone).interval
        rows = Booking.objects.filter(
            account=account,
            occurred_at__gte=interval.start,
            occurred_at__lt=interval.end,
            source__unlinked_at=None,
            absent=None,
        )
        sums = {name: Sum(name) for name in ("amount", "fee", "tax", "shipping")}
        for row in rows.values("kind", "currency").annotate(**sums).order_by():
            _add(found, dict(row))
        orders = rows.filter(is_order=True)
        found.orders = Counter(dict(orders.values_list("currency").annotate(Count("pk")).order_by()))
        found.customers = orders.exclude(customer=None).values("customer").distinct().count()
        found.failed = rows.filter(kind=Booked.FAILED_SALE).count()
    return _told(found)


def assert_whole(account: Account, world: World, *, now: datetime) -> None:
    """All that the young shop earned is there."""
    assert imported_sums(account, DAYS) == own_sums(world, account, DAYS, now=now)


def _told(found: Figures) -> Sums:
    sums = {name: getattr(found, name) for name in NAMES}
    return {name: +value if isinstance(value, Counter) else value for name, value in sums.items()}


def _add(found: Figures, row: dict[str, object]) -> None:
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
