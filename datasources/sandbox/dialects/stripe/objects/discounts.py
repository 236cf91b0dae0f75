"""Discounts: the one coupon, applied to an order or to a subscription for good."""

from ....world.facts import Order, Subscription
from ..amounts import seconds
from ..desk import Desk, Object
from .catalogue import coupon_id
from .people import customer_id


def discount_id(desk: Desk, owner: Order | Subscription) -> str:
    """Name what was taken off; all orders of a subscription share its discount."""
    subscription = owner.number if isinstance(owner, Subscription) else owner.subscription
    return desk.ids.of("di", f"subscription {subscription}" if subscription else owner.number)


def discount(desk: Desk, owner: Order | Subscription) -> Object:
    """Tell a discount, which names its coupon."""
    is_subscription = isinstance(owner, Subscription)
    return {
        "id": discount_id(desk, owner),
        "object": "discount",
        "checkout_session": None,
        "customer": customer_id(desk, owner.buyer),
        "customer_account": None,
        "end": None,
        "invoice": None if is_subscription else desk.ids.of("in", owner.number),
        "invoice_item": None,
        "promotion_code": None,
        "source": {"coupon": coupon_id(desk), "type": "coupon"},
        "start": seconds(owner.at),
        "subscription": desk.ids.of("sub", owner.number) if is_subscription else None,
        "subscription_item": None,
    }
