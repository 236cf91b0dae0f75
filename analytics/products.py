"""What was sold: the products of a range by name, and who bought them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.db.models import Count, Min, Q, Sum

from accounts.models import Account
from analytics import engine
from analytics.figures import UNATTRIBUTED
from analytics.lines import lines_of
from analytics.query import By, Query
from analytics.report import Figure, Values
from analytics.spans import within
from datasources.models import Booked
from putler.kernel.money import Money, decimals, round_half_up
from putler.tenancy import tenant


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """A product of a range; `values`: its figures by slug. `prices`: {currency: mean price of one, before refunds}."""

    name: str
    values: Values
    public_id: str
    buyers: int = 0
    new_buyers: int = 0
    prices: dict[str, Decimal] = field(default_factory=dict)


def names(account: Account, keys: Iterable[str]) -> dict[str, str]:
    """{key of a report's group: the product's name}, no name twice: those that share one show their numbers."""
    wanted = [key for key in keys if key != UNATTRIBUTED]
    known = account.products.filter(public_id__in=wanted).order_by("number").values_list("public_id", "name", "number")
    found: dict[str, str] = {UNATTRIBUTED: UNATTRIBUTED}
    taken = {UNATTRIBUTED}
    for public_id, plain, number in known:
        name = plain if plain not in taken else f"{plain} ({number})"
        taken.add(name)
        found[str(public_id)] = name
    return found


def sold(query: Query) -> list[SoldProduct]:
    """The products of the query's range, the most revenue first. Who bought is read from the ledger."""
    with tenant(query.account.pk):
        report = engine.run(replace(query, by=By.PRODUCT, compare=None))
        known = names(query.account, report.groups)
        zone = engine.serving(query).zone
        asked = query.in_zone(zone)
        buyers, prices = _buyers(asked), _prices(asked)
        rows = [
            SoldProduct(known[key], values, key, *buyers.get(key, (0, 0)), prices.get(key, {}))
            for key, values in report.groups.items()
            if key != UNATTRIBUTED
        ]
    return sorted(rows, key=lambda row: (-(row.values["product_revenue"] or 0), row.name))


def unattributed(query: Query) -> Figure:
    """The goods of the range that no product's line accounts for."""
    report = engine.run(replace(query, by=By.PRODUCT, compare=None, metrics=frozenset({"product_revenue"})))
    return report.groups.get(UNATTRIBUTED, {}).get("product_revenue", Decimal(0))


def _buyers(query: Query) -> dict[str, tuple[int, int]]:
    """{product: (customers who ordered it in the range, those of them who never had before)}."""
    lines = lines_of(query.account.pk).filter(
        query.scope.holds, is_order=True, product__account=query.account, booking__customer__isnull=False
    )
    ordered = lines.filter(occurred_at__lt=query.span.end).values("product__public_id", "booking__customer_id")
    first = ordered.annotate(
        first=Min("occurred_at"), inside=Count("pk", filter=Q(occurred_at__gte=query.span.start))
    ).values_list("product__public_id", "first", "inside")
    found: dict[str, tuple[int, int]] = {}
    for product, since, inside in first.order_by():
        if inside:
            buyers, new = found.get(str(product), (0, 0))
            found[str(product)] = (buyers + 1, new + (since >= query.span.start))
    return found


def _prices(query: Query) -> dict[str, dict[str, Decimal]]:
    lines = lines_of(query.account.pk).filter(
        query.scope.holds, within([query.span]), kind=Booked.SALE, booking__amount__gt=0, product__account=query.account
    )
    sums = lines.values("product__public_id", "currency").annotate(money=Sum("amount"), units=Sum("quantity"))
    found: dict[str, dict[str, Decimal]] = {}
    for product, currency, money, units in sums.values_list("product__public_id", "currency", "money", "units"):
        if units:
            price = Money.from_minor(int(money), currency).amount / int(units)
            found.setdefault(str(product), {})[currency] = round_half_up(price, decimals(currency))
    return found
