"""Products, their prices by currency, the old plans, and the shop's one coupon."""

from datetime import datetime
from typing import NamedTuple

from ....world.catalogue import BY_KEY, COUPON_PERCENT, Product
from ..amounts import code, minor, seconds
from ..desk import Desk, Object


class Price(NamedTuple):
    """A product's price in one currency."""

    at: datetime
    product: Product
    currency: str


class Ware(NamedTuple):
    """A product from the day on which the shop opened."""

    at: datetime
    product: Product


def product_id(desk: Desk, key: str) -> str:
    """Name a product."""
    return desk.ids.of("prod", key, length=14)


def price_id(desk: Desk, key: str, currency: str) -> str:
    """Name a price."""
    return desk.ids.of("price", f"{key} {currency}")


def product(desk: Desk, ware: Ware) -> Object:
    """Tell a product."""
    one = ware.product
    return {
        "id": product_id(desk, one.key),
        "object": "product",
        "active": True,
        "created": seconds(ware.at),
        "default_price": price_id(desk, one.key, "EUR"),
        "description": one.text,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {"sku": one.key},
        "name": one.name,
        "package_dimensions": None,
        "shippable": True,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service" if one.interval else "good",
        "unit_label": None,
        "updated": seconds(ware.at),
        "url": None,
    }


def price(desk: Desk, fact: Price) -> Object:
    """Tell a price; those of subscriptions recur."""
    one = fact.product
    amount = minor(one.prices[fact.currency], fact.currency)
    recurring = {
        "interval": one.interval,
        "interval_count": 1,
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
    return {
        "id": price_id(desk, one.key, fact.currency),
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": seconds(fact.at),
        "currency": code(fact.currency),
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product_id(desk, one.key),
        "recurring": recurring if one.interval else None,
        "tax_behavior": "exclusive",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if one.interval else "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }


def plan(desk: Desk, fact: Price) -> Object:
    """Tell a recurring price as the API did before there were prices."""
    one = price(desk, fact)
    recurring = one["recurring"]
    kept = ("id", "active", "billing_scheme", "created", "currency", "livemode", "metadata", "nickname", "product")
    return {key: one[key] for key in kept} | {
        "object": "plan",
        "amount": one["unit_amount"],
        "amount_decimal": one["unit_amount_decimal"],
        "interval": recurring["interval"],
        "interval_count": 1,
        "meter": None,
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def price_of(key: str, currency: str, *, at: datetime) -> Price:
    """Look a price up."""
    return Price(at, BY_KEY[key], currency)


def coupon_id(desk: Desk) -> str:
    """Name the coupon."""
    return desk.ids.of("coupon", 1, length=8)[7:]


def coupon(desk: Desk) -> Object:
    """Tell the coupon."""
    return {
        "id": coupon_id(desk),
        "object": "coupon",
        "amount_off": None,
        "created": 1_730_419_200,
        "currency": None,
        "duration": "forever",
        "duration_in_months": None,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "name": f"{COUPON_PERCENT}% off for regulars",
        "percent_off": float(COUPON_PERCENT),
        "redeem_by": None,
        "times_redeemed": 1,
        "valid": True,
    }
