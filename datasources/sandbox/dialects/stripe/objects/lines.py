"""The lines of an invoice, with their discounts and taxes."""

from collections.abc import Iterator
from typing import Any

from ....world.catalogue import BY_KEY, COUNTRIES, part
from ....world.facts import Line, Order
from ..amounts import code, minor, seconds
from ..desk import Desk, Object
from .catalogue import price_id, product_id
from .discounts import discount_id


def invoice_id(desk: Desk, order: Order) -> str:
    """Name an order's invoice."""
    return desk.ids.of("in", order.number)


def lines(desk: Desk, order: Order) -> list[Object]:
    """Tell the lines of an invoice: `amount` before discount and tax."""
    shares = _spread(order)
    return [_line(desk, order, line, share) for line, share in zip(order.lines, shares, strict=True)]


def first_lines(desk: Desk, order: Order) -> Object:
    """Return what an invoice shows of its lines."""
    return desk.listed(lines(desk, order), f"/v1/invoices/{invoice_id(desk, order)}/lines")


def _line(desk: Desk, order: Order, line: Line, share: int) -> Object:
    before = minor(line.amount + line.discount, order.currency)
    start, end = order.period or (order.at, order.at)
    discount = {"amount": minor(line.discount, order.currency), "discount": discount_id(desk, order)}
    unit = minor(BY_KEY[line.product].prices[order.currency], order.currency) if before else 0
    told: Object = {
        "id": desk.ids.of("il", f"{order.number} {line.product}"),
        "object": "line_item",
        "amount": before,
        "currency": code(order.currency),
        "description": f"{line.quantity} × {BY_KEY[line.product].name}",
        "discount_amounts": [discount] if line.discount else [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id(desk, order),
        "livemode": False,
        "metadata": {},
        "parent": _line_parent(desk, order, line),
        "period": {"end": seconds(end), "start": seconds(start)},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {
                "price": price_id(desk, line.product, order.currency), "product": product_id(desk, line.product),
            },
            "type": "price_details",
            "unit_amount_decimal": str(unit),
        },
        "quantity": line.quantity,
        "quantity_decimal": str(line.quantity),
        "subscription": subscription_of(desk, order),
        "subtotal": before,
        "taxes": [tax(desk, order, share, line.amount)] if share else [],
    }  # fmt: skip
    return told


def subscription_of(desk: Desk, order: Order) -> str | None:
    """Name the subscription for which an order was made."""
    return desk.ids.of("sub", order.subscription) if order.subscription else None


def _line_parent(desk: Desk, order: Order, line: Line) -> Object:
    rest: dict[str, Any] = {"proration": False, "proration_details": {"credited_items": None}}
    if not order.subscription:
        item = {"invoice_item": desk.ids.of("ii", f"{order.number} {line.product}"), "subscription": None}
        details = {"invoice_item_details": {**item, **rest}, "subscription_item_details": None}
        return {**details, "type": "invoice_item_details"}
    item = {"subscription": subscription_of(desk, order), "subscription_item": desk.ids.of("si", order.subscription)}
    details = {"invoice_item_details": None, "subscription_item_details": {"invoice_item": None, **item, **rest}}
    return {**details, "type": "subscription_item_details"}


def tax(desk: Desk, order: Order, amount: int, taxable: int) -> Object:
    """Tell a tax on top of `taxable`."""
    return {
        "amount": minor(amount, order.currency),
        "tax_behavior": "exclusive",
        "tax_rate_details": {"tax_rate": desk.ids.of("txr", order.buyer.country)},
        "taxability_reason": "standard_rated",
        "taxable_amount": minor(taxable, order.currency),
        "type": "tax_rate_details",
    }


def _spread(order: Order) -> Iterator[int]:
    """Yield each line's share of the tax; the last takes what rounding left."""
    left = order.tax
    for line in order.lines[:-1]:
        share = min(left, part(line.amount, COUNTRIES[order.buyer.country].tax, 1000))
        left -= share
        yield share
    yield left


def has_discount(order: Order) -> bool:
    """Say whether anything was taken off."""
    return any(line.discount for line in order.lines)
