"""Who buys and what is sold: customers, products and prices.

Source: https://docs.stripe.com/api/customers, https://docs.stripe.com/api/products, https://docs.stripe.com/api/prices
"""

from collections.abc import Iterator

from datasources.connectors.base import CustomerRecordDraft, ProductDraft
from datasources.connectors.stripe.money import money
from datasources.connectors.stripe.records import Customer, Price, Product, id_of


def from_customer(customer: Customer) -> Iterator[CustomerRecordDraft]:
    """A customer with what makes them known in other sources."""
    country = customer.address.country if customer.address else None
    yield CustomerRecordDraft(customer.id, customer.email or None, customer.name or None, country or None)


def from_product(product: Product) -> Iterator[ProductDraft]:
    """A product by its name."""
    yield ProductDraft(product.id, product.name)


def from_price(price: Price) -> Iterator[ProductDraft]:
    """A price as one of its product; without an amount where that depends on more."""
    amount = price.amount if price.unit_amount is None else price.unit_amount
    known = None if amount is None else money(amount, price.currency)
    yield ProductDraft(price.id, price.nickname, id_of(price.product), known)
