"""Which reader reads which shape of files."""

from collections.abc import Callable

from datasources.connectors.files.items import Items
from datasources.connectors.files.movements import Movements
from datasources.connectors.files.outcomes import Reader
from datasources.connectors.files.paypal import PayPalActivity
from datasources.connectors.files.reading import Reading
from datasources.connectors.files.shapes import Shape
from datasources.connectors.files.shopify_money import ShopifyPayouts, ShopifyTransactions
from datasources.connectors.files.shopify_orders import ShopifyOrders
from datasources.connectors.files.stripe_exports import StripeBalance, StripePayments

_READERS: dict[Shape, Callable[..., Reader]] = {
    Shape.ITEMS: Items,
    Shape.MOVEMENTS: Movements,
    Shape.PAYPAL: PayPalActivity,
    Shape.SHOPIFY_ORDERS: ShopifyOrders,
    Shape.SHOPIFY_TRANSACTIONS: ShopifyTransactions,
    Shape.SHOPIFY_PAYOUTS: ShopifyPayouts,
    Shape.STRIPE_BALANCE: StripeBalance,
    Shape.STRIPE_PAYMENTS: StripePayments,
}


def reader_of(reading: Reading, *, width: int) -> Reader:
    """What reads rows of so many columns."""
    return _READERS[reading.shape](reading, width=width)
