"""The terms of a subscription: what all its items cost in one period, and what coupons take off."""

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from datasources.connectors.stripe.billing import (
    AnySubscription,
    Bundle,
    Coupon,
    Discount,
    ItemPlan,
    ItemPrice,
    Recurring,
)
from datasources.connectors.stripe.money import money
from datasources.connectors.stripe.records import id_of
from putler.kernel.money import Money, round_half_up

_PER_MONTH = {  # how many of an interval a month has
    "day": Decimal(365) / 12,
    "week": Decimal(52) / 12,
    "month": Decimal(1),
    "year": Decimal(1) / 12,
}


class Terms(NamedTuple):
    """`price`: of one interval and all units together; `discount`: off it, in minor units of its currency."""

    product: str | None
    price: Money
    interval: str
    interval_count: int
    quantity: int
    discount: int
    discount_kind: str | None


class Priced(NamedTuple):
    """An item with a promised price: `amount` of its interval, in Stripe's units."""

    product: str | None
    currency: str
    amount: Decimal
    quantity: int
    every: Recurring


def terms_of(subscription: AnySubscription) -> Terms | None:
    """None where every item is metered: usage promises nothing."""
    items = list(_priced(subscription))
    if not items:
        return None
    every = _common(items)
    total = sum((_rescaled(item, every) for item in items), Decimal(0))
    price = money(int(round_half_up(total)), items[0].currency)
    discount, discount_kind = _discount(subscription, total)
    return Terms(
        product=items[0].product,
        price=price,
        interval=every.interval,
        interval_count=every.interval_count,
        quantity=sum(item.quantity for item in items),
        discount=min(money(discount, items[0].currency).minor, price.minor),
        discount_kind=discount_kind,
    )


def _priced(subscription: AnySubscription) -> Iterator[Priced]:
    for item in subscription.items.data if subscription.items else ():
        quantity = 1 if item.quantity is None else item.quantity
        priced = _by_price(item.price, quantity) if item.price else _by_plan(item.plan, quantity) if item.plan else None
        if priced and priced.every.usage_type != "metered":
            yield priced


def _by_price(price: ItemPrice, quantity: int) -> Priced | None:
    if price.recurring is None:
        return None
    unit = price.unit_amount if price.unit_amount_decimal is None else price.unit_amount_decimal
    amount = Decimal(unit or 0) * _bundles(quantity, price.transform_quantity)
    return Priced(id_of(price.product), price.currency, amount, quantity, price.recurring)


def _by_plan(plan: ItemPlan, quantity: int) -> Priced:
    unit = plan.amount if plan.amount_decimal is None else plan.amount_decimal
    amount = Decimal(unit or 0) * _bundles(quantity, plan.transform_usage)
    every = Recurring(plan.interval, plan.interval_count, plan.usage_type)
    return Priced(id_of(plan.product), plan.currency, amount, quantity, every)


def _bundles(quantity: int, bundle: Bundle | None) -> Decimal:
    if bundle is None:
        return Decimal(quantity)
    return (Decimal(quantity) / bundle.divide_by).to_integral_value(
        ROUND_CEILING if bundle.round == "up" else ROUND_FLOOR
    )


def _common(items: list[Priced]) -> Recurring:
    """The interval that all items have; a month where they differ."""
    first = items[0].every
    same = all((every.interval, every.interval_count) == (first.interval, first.interval_count) for *_, every in items)
    return first if same else Recurring("month")


def _rescaled(item: Priced, every: Recurring) -> Decimal:
    if (item.every.interval, item.every.interval_count) == (every.interval, every.interval_count):
        return item.amount
    return item.amount * _PER_MONTH[item.every.interval] / item.every.interval_count


def _discount(subscription: AnySubscription, price: Decimal) -> tuple[int, str | None]:
    """In Stripe's units. One that lasts hides one that is given once, which lowers no later period."""
    coupons = list(_coupons(subscription))
    lasting = [coupon for coupon in coupons if coupon.duration != "once"] or coupons
    off = sum((_off(coupon, price) for coupon in lasting), Decimal(0))
    kinds = {coupon.duration for coupon in lasting}
    kind = next((kind for kind in ("repeating", "forever", "once") if kind in kinds), None)
    return int(round_half_up(off)), kind


def _coupons(subscription: AnySubscription) -> Iterator[Coupon]:
    for discount in (*(subscription.discounts or ()), subscription.discount):
        if isinstance(discount, Discount):
            coupon = (discount.source.coupon if discount.source else None) or discount.coupon
            if isinstance(coupon, Coupon):
                yield coupon


def _off(coupon: Coupon, price: Decimal) -> Decimal:
    if coupon.percent_off is not None:
        return price * coupon.percent_off / 100
    return Decimal(coupon.amount_off or 0)
