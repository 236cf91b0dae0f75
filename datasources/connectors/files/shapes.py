"""What one row of a file is, and how the meanings of its columns are told apart."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Shape(StrEnum):
    """What one row of a file is; the later ones are providers' own exports, whose columns are known."""

    ITEMS = "line-items"  # a product of an order; rows of one order number are one order
    MOVEMENTS = "movements"  # a movement of money
    PAYPAL = "paypal"
    SHOPIFY_ORDERS = "shopify-orders"
    SHOPIFY_TRANSACTIONS = "shopify-transactions"
    SHOPIFY_PAYOUTS = "shopify-payouts"
    STRIPE_BALANCE = "stripe-balance"
    STRIPE_PAYMENTS = "stripe-payments"


class Field(NamedTuple):
    """A meaning. `names`: of columns that have it, letters and digits only, the surest first."""

    slug: str
    label: str
    names: tuple[str, ...]


class Export(NamedTuple):
    """A provider's own export.

    `source`: how a source is called that such a file brings; `kind`: what it is. `fields`: those it has, `needed`:
    without which it cannot be read. `proof`: fields whose columns no other file has all of. `rival`: the export that
    tells the same payments by other numbers, so that only one of the two may come into a source.
    """

    label: str
    provider: str
    source: str
    kind: str
    fields: tuple[Field, ...]
    needed: tuple[str, ...]
    proof: tuple[str, ...]
    rival: Shape | None = None


def a_field(slug: str, label: str, names: str) -> Field:
    """Give a meaning with its names in one text."""
    return Field(slug, label, tuple(names.split()))


def plain(name: str) -> str:
    """The letters and digits of a column's name, in lower case."""
    return "".join(filter(str.isalnum, name.casefold()))


def columns_of(header: Iterable[str], fields: Iterable[Field]) -> dict[str, int]:
    """Field → place of its column, as far as the names tell."""
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        places.setdefault(plain(name), place)
    found: dict[str, int] = {}
    for field in fields:
        free = (places[name] for name in field.names if name in places and places[name] not in found.values())
        if (first := next(free, None)) is not None:
            found[field.slug] = first
    return found
