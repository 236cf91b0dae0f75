"""Invoices: what was sold with a payment, and how much of it was tax, shipping and discount.

Source: https://docs.stripe.com/api/invoices
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from datasources.connectors.base import DetailDraft, ItemDraft
from datasources.connectors.stripe.billing import Invoice, InvoiceLine, OldTax, Tax
from datasources.connectors.stripe.money import money
from datasources.connectors.stripe.records import id_of
from putler.kernel.money import round_half_up


class Payment(NamedTuple):
    """A payment of an invoice: the payment intent or charge that made it, and its amount in Stripe's units."""

    about: str
    amount: int


class Share(NamedTuple):
    """The part of a whole that one payment has, from `start` to `end` of `total`; the parts add up to the whole."""

    start: int
    end: int
    total: int

    def of(self, amount: int) -> int:
        """The share of an amount in minor units."""
        return self._until(self.end, amount) - self._until(self.start, amount)

    def _until(self, bound: int, amount: int) -> int:
        return int(round_half_up(Decimal(amount) * bound / self.total))


class Parts(NamedTuple):
    """A whole invoice in ISO minor units; `goods`: without tax and shipping."""

    goods: int
    tax: int
    shipping: int
    discount: int
    items: tuple[ItemDraft, ...]


def from_invoice(invoice: Invoice) -> Iterator[DetailDraft]:
    """A detail for each payment of an invoice; nothing of an unpaid one."""
    if invoice.status != "paid" or invoice.total <= 0:
        return
    parts, done = _parts(invoice), 0
    for number, payment in enumerate(_payments(invoice), 1):
        share = Share(done, done + payment.amount, invoice.total)
        done += payment.amount
        yield _detail(invoice, payment, number, _shared(parts, share, paid=_minor(invoice, payment.amount)))


def _detail(invoice: Invoice, payment: Payment, number: int, parts: Parts) -> DetailDraft:
    is_first = number == 1
    return DetailDraft(
        external_id=invoice.id if is_first else f"{invoice.id}:{number}",
        about=payment.about,
        presentment=money(payment.amount, invoice.currency),
        tax=parts.tax,
        shipping=parts.shipping,
        discount=parts.discount,
        subscription_ref=_subscription(invoice),
        provider_refs=(invoice.id,),
        items=parts.items if is_first else tuple(item._replace(quantity=0) for item in parts.items),
    )


def _payments(invoice: Invoice) -> list[Payment]:
    if invoice.payments is not None:
        paid = [payment for payment in invoice.payments.data if payment.status == "paid" and payment.amount_paid]
        paid.sort(key=lambda payment: payment.created)
        found = [(payment.payment.payment_intent or payment.payment.charge, payment.amount_paid) for payment in paid]
    else:
        found = [(invoice.payment_intent or invoice.charge, invoice.amount_paid)]
    return [Payment(about, amount) for ref, amount in found if (about := id_of(ref)) and amount]


def _subscription(invoice: Invoice) -> str | None:
    details = invoice.parent.subscription_details if invoice.parent else None
    return id_of(details.subscription if details else None) or id_of(invoice.subscription)


def _parts(invoice: Invoice) -> Parts:
    cost = invoice.shipping_cost
    shipping = cost.amount_total - cost.amount_tax if cost else 0
    items = _items(invoice)
    tax = _tax(invoice)
    if items and cost and sum(item.amount for item in items) != _minor(invoice, invoice.total - tax - shipping):
        tax += cost.amount_tax  # where the sum of taxes leaves out that of shipping
    goods = _minor(invoice, invoice.total - tax - shipping)
    return Parts(
        goods=goods,
        tax=_minor(invoice, tax),
        shipping=_minor(invoice, shipping),
        discount=_minor(invoice, sum(discount.amount for discount in invoice.total_discount_amounts or ())),
        # Lines that do not add up (credits, a list cut short, a part without a product) would be wrong: none then.
        items=items if sum(item.amount for item in items) == goods else (),
    )


def _tax(invoice: Invoice) -> int:
    if invoice.total_taxes is not None:
        return sum(tax.amount for tax in invoice.total_taxes)
    if invoice.tax is not None:
        return invoice.tax
    return sum(tax.amount for tax in invoice.total_tax_amounts or ())


def _items(invoice: Invoice) -> tuple[ItemDraft, ...]:
    lines = invoice.lines.data if invoice.lines else []
    products = [(_product(line), line) for line in lines if line.amount]
    if not all(product for product, _ in products):
        return ()
    return tuple(ItemDraft(product, _units(line), _net(invoice, line)) for product, line in products if product)


def _product(line: InvoiceLine) -> str | None:
    details = line.pricing.price_details if line.pricing else None
    found = details or line.price or line.plan
    return id_of(found.product) if found else None


def _units(line: InvoiceLine) -> int:
    """Units sold with a line; what is credited for unused time takes none back."""
    if line.amount < 0:
        return 0
    return 1 if line.quantity is None else line.quantity


def _net(invoice: Invoice, line: InvoiceLine) -> int:
    discount = sum(discount.amount for discount in line.discount_amounts or ())
    taxes: Sequence[Tax | OldTax] = line.taxes or line.tax_amounts or ()
    return _minor(invoice, line.amount - discount - sum(tax.amount for tax in taxes if tax.is_inclusive))


def _shared(parts: Parts, share: Share, *, paid: int) -> Parts:
    tax, shipping = share.of(parts.tax), share.of(parts.shipping)
    goods = paid - tax - shipping
    items = [item._replace(amount=share.of(item.amount)) for item in parts.items]
    if items:
        largest = max(range(len(items)), key=lambda index: abs(items[index].amount))
        rest = goods - sum(item.amount for item in items)
        items[largest] = items[largest]._replace(amount=items[largest].amount + rest)
    return Parts(goods, tax, shipping, share.of(parts.discount), tuple(items))


def _minor(invoice: Invoice, number: int) -> int:
    return money(number, invoice.currency).minor
