"""The lists of the API: how each is built, and what it may be filtered by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ...world.facts import Entry, Payout
from .desk import Desk, Object
from .errors import bad
from .objects import balance, catalogue, charges, invoices, lines, people, refunds, subscriptions
from .params import Params

Test = Callable[[Any], bool]
Filter = Callable[[Desk, str], Test]
ENDED: Final = ("canceled", "incomplete_expired")


@dataclass(frozen=True, slots=True)
class Resource:
    """One list: `build` tells a fact, `filters` are its parameters beside those of every list."""

    name: str
    noun: str
    build: Callable[[Desk, Any], Object]
    filters: Mapping[str, Filter] = field(default_factory=dict)


def told(build: Callable[[Desk, Any], Object], name: str) -> Filter:
    """Filter by a field as it is told."""
    return lambda desk, value: lambda fact: _text(build(desk, fact)[name]) == value


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _customer(desk: Desk, value: str) -> Test:
    return lambda payment: desk.customer_of(payment) == value


def _buyer(desk: Desk, value: str) -> Test:
    return lambda fact: people.customer_id(desk, fact.buyer) == value


def _paid_by(desk: Desk, value: str) -> Test:
    return lambda attempt: desk.customer_of(attempt.payment) == value


def _intent(desk: Desk, value: str) -> Test:
    return lambda fact: desk.ids.of("pi", fact.payment.number) == value


def _charge(desk: Desk, value: str) -> Test:
    return lambda fact: desk.charge_of(fact.payment) == value


def _kind(_: Desk, value: str) -> Test:
    return lambda entry: balance.kind_of(entry) == value


def _source(desk: Desk, value: str) -> Test:
    return lambda entry: balance.source_of(desk, entry) == value


def _payout(desk: Desk, value: str) -> Test:
    """Keep what a payout consists of, and the payout's own line."""

    def is_in(entry: Entry) -> bool:
        if isinstance(entry.cause, Payout):
            return desk.ids.of("po", entry.cause.number) == value
        payout = desk.files.payout_of.get(entry.number)
        return payout is not None and desk.has_happened(payout.at) and desk.ids.of("po", payout.number) == value

    return is_in


def _invoice(desk: Desk, value: str) -> Test:
    return lambda payment: lines.invoice_id(desk, payment.order) == value


def _pays(desk: Desk, value: str) -> Test:
    return lambda payment: desk.ids.of("pi", payment.number) == value


def _pays_by(_: Desk, value: str) -> Test:
    return lambda _: value == "payment_intent"


def _subscription(desk: Desk, value: str) -> Test:
    return lambda order: lines.subscription_of(desk, order) == value


def _standing(desk: Desk, value: str) -> Test:
    """Keep subscriptions of a status; without one, ended ones are left out."""
    known = {*subscriptions.STATUS.values(), "all", "ended", "paused", "unpaid", ""}
    if value not in known:
        raise bad("status", f"Invalid status: must be one of {', '.join(sorted(known - {''}))}")
    if value == "all":
        return lambda _: True
    if value in ("ended", ""):
        return lambda one: (subscriptions.status_of(desk, one) in ENDED) == (value == "ended")
    return lambda one: subscriptions.status_of(desk, one) == value


def _price(desk: Desk, value: str) -> Test:
    return lambda one: catalogue.price_id(desk, one.known(desk.now)[-1].plan, one.currency) == value


def _currency(_: Desk, value: str) -> Test:
    return lambda fact: fact.currency.lower() == value


def _email(_: Desk, value: str) -> Test:
    return lambda buyer: buyer.email == value


def _product(desk: Desk, value: str) -> Test:
    return lambda price: catalogue.product_id(desk, price.product.key) == value


RESOURCES: Final = {
    resource.name: resource
    for resource in (
        Resource(
            "balance_transactions",
            "balance_transaction",
            balance.balance_transaction,
            {"type": _kind, "source": _source, "payout": _payout, "currency": _currency},
        ),
        Resource("charges", "charge", charges.charge, {"customer": _paid_by, "payment_intent": _intent}),
        Resource("customers", "customer", people.customer, {"email": _email}),
        Resource("disputes", "dispute", refunds.dispute, {"charge": _charge, "payment_intent": _intent}),
        Resource(
            "invoice_payments",
            "invoice_payment",
            invoices.invoice_payment,
            {
                "invoice": _invoice,
                "payment[payment_intent]": _pays,
                "payment[type]": _pays_by,
                "status": told(invoices.invoice_payment, "status"),
            },
        ),
        Resource(
            "invoices",
            "invoice",
            invoices.invoice,
            {"customer": _buyer, "subscription": _subscription, "status": told(invoices.invoice, "status")},
        ),
        Resource("payment_intents", "payment_intent", charges.payment_intent, {"customer": _customer}),
        Resource("payouts", "payout", balance.payout, {"status": told(balance.payout, "status")}),
        Resource(
            "prices",
            "price",
            catalogue.price,
            {
                "active": told(catalogue.price, "active"),
                "product": _product,
                "currency": _currency,
                "type": told(catalogue.price, "type"),
            },
        ),
        Resource(  # after the prices: a plan has the name of its price, and names lead to prices
            "plans", "plan", catalogue.plan, {"active": told(catalogue.plan, "active"), "product": _product}
        ),
        Resource("products", "product", catalogue.product, {"active": told(catalogue.product, "active")}),
        Resource("refunds", "refund", refunds.refund, {"charge": _charge, "payment_intent": _intent}),
        Resource(
            "subscriptions",
            "subscription",
            subscriptions.subscription,
            {"customer": _buyer, "price": _price, "plan": _price, "status": _standing},
        ),
    )
}


def tests(resource: Resource, desk: Desk, params: Params) -> list[Test]:
    """Turn the parameters of a list into tests of its facts; a status is filtered by even when not asked for."""
    asked = {name: value for name, value in params.flat().items() if name in resource.filters}
    if resource.name == "subscriptions":
        asked.setdefault("status", "")
    return [resource.filters[name](desk, value) for name, value in asked.items()]
