"""Who buys and what is sold: customers, products and prices.

Source: https://docs.stripe.com/api/customers, https://docs.stripe.com/api/products, https://docs.stripe.com/api/prices
"""

from collections.abc import Iterator

from datasources.connectors.base import CustomerRecordDraft, ProductDraft
from datasources.connectors.stripe.money import money
from datasources.connectors.stripe.records import Customer, Plan, Price, Product, id_of


def from_customer(customer: Customer) -> Iterator[CustomerRecordDraft]:
    """A customer with what makes them known in other sources."""
    country = customer.address.country if customer.address else None
    yield CustomerRecordDraft(customer.id, customer.email or None, customer.name or None, country or None)


def from_product(product: Product) -> Iterator[ProductDraft]:
    """A product by its name."""
    yield ProductDraft(product.id, product.name)


def from_price(price: Price) -> Iterator[ProductDraft]:
    """A price as one of its product; without an amount where that depends on more."""
    yield _of_product(price, price.unit_amount)


def from_plan(plan: Plan) -> Iterator[ProductDraft]:
    """The same of a plan."""
    yield _of_product(plan, plan.amount)


def _of_product(price: Price | Plan, amount: int | None) -> ProductDraft:
    known = None if amount is None else money(amount, price.currency)
    return ProductDraft(price.id, price.nickname, id_of(price.product), known)
