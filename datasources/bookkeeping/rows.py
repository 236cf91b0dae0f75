"""The values that go into bookkeeping and come out of it. Amounts are minor units of the row's currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class LineItem(NamedTuple):
    """A product sold (or, negative, given back): amount after discounts, without tax and shipping."""

    product_id: int | None
    quantity: int
    amount: int


@dataclass(slots=True)
class Row:
    """One movement as its source tells it. Refunds and corrections name what they undo in `parent_ref`."""

    id: int
    source_id: int
    source_kind: str
    external_id: str
    kind: str
    status: str
    occurred_at: datetime
    currency: str
    amount: int
    fee: int
    tax: int
    shipping: int
    discount: int
    presentment_currency: str
    presentment_amount: int
    customer_id: int | None = None
    country: str | None = None
    order_ref: str | None = None
    payment_ref: str | None = None
    provider_refs: Sequence[str] = ()
    parent_ref: str | None = None
    lines: tuple[LineItem, ...] = ()
    apart: frozenset[tuple[int, str]] = frozenset()  # (source, external id) of those that a person says it is not

    @property
    def is_settled(self) -> bool:
        return self.status == "settled"

    @property
    def moment(self) -> tuple[datetime, str, int]:
        """Sorts rows by time; the rest makes the order the same whatever arrived first."""
        return self.occurred_at, self.external_id, self.source_id

    @property
    def order_key(self) -> str | tuple[int, str]:
        """The order that the row belongs to: its reference, else the row is its own order."""
        return self.order_ref or (self.source_id, self.external_id)

    @property
    def names_a_shops_order(self) -> bool:
        """Whether its order is one of a shop's numbers, rather than the gateway's own name of the payment."""
        return self.order_ref is not None and self.order_ref not in self.provider_refs

    @property
    def has_breakdown(self) -> bool:
        return bool(self.lines or self.tax or self.shipping)


class Entry(NamedTuple):
    """A row as it counts: `kind` is a value of models.Booked, `row` has the breakdown of its twin or original.

    `products`: the products whose orders it dates. `order_row`: the id of the row that dates its order.
    """

    kind: str
    row: Row
    is_order: bool
    is_failed_order: bool
    products: frozenset[int] = frozenset()
    order_row: int | None = None
