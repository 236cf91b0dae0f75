"""What is read of Stripe's billing: invoices, subscriptions and the events about them.

Source: https://docs.stripe.com/api/invoices, https://docs.stripe.com/api/subscriptions
"""

from decimal import Decimal

from msgspec import Raw, Struct

from datasources.connectors.stripe.records import Id


class Part(Struct):
    amount: int


class Tax(Part):
    tax_behavior: str | None = None

    @property
    def is_inclusive(self) -> bool:
        return self.tax_behavior == "inclusive"


class OldTax(Part):
    inclusive: bool = False

    @property
    def is_inclusive(self) -> bool:
        return self.inclusive


class OfProduct(Struct):
    product: Id = None


class Pricing(Struct):
    price_details: OfProduct | None = None


class InvoiceLine(Struct):
    amount: int
    quantity: int | None = None
    discount_amounts: list[Part] | None = None
    pricing: Pricing | None = None
    taxes: list[Tax] | None = None
    price: OfProduct | None = None  # this and the next two: until 2025-03
    plan: OfProduct | None = None
    tax_amounts: list[OldTax] | None = None


class InvoiceLines(Struct):
    data: list[InvoiceLine] = []
    has_more: bool = False


class PaidBy(Struct):
    payment_intent: Id = None
    charge: Id = None


class InvoicePayment(Struct):
    status: str
    payment: PaidBy
    created: int
    amount_paid: int | None = None


class InvoicePayments(Struct):
    data: list[InvoicePayment] = []


class OfSubscription(Struct):
    subscription: Id = None


class InvoiceParent(Struct):
    subscription_details: OfSubscription | None = None


class ShippingCost(Struct):
    amount_tax: int = 0
    amount_total: int = 0


class Invoice(Struct):
    id: str
    created: int
    currency: str
    status: str | None = None
    livemode: bool | None = None
    total: int = 0
    amount_paid: int = 0
    lines: InvoiceLines | None = None
    payments: InvoicePayments | None = None
    parent: InvoiceParent | None = None
    shipping_cost: ShippingCost | None = None
    total_discount_amounts: list[Part] | None = None
    total_taxes: list[Part] | None = None
    charge: Id = None  # this and all below: until 2025-03
    payment_intent: Id = None
    subscription: Id = None
    tax: int | None = None
    total_tax_amounts: list[Part] | None = None


class Bundle(Struct):
    divide_by: int
    round: str


class Recurring(Struct):
    interval: str
    interval_count: int = 1
    usage_type: str = "licensed"


class ItemPrice(Struct):
    currency: str
    product: Id = None
    unit_amount_decimal: Decimal | None = None
    unit_amount: int | None = None
    recurring: Recurring | None = None
    transform_quantity: Bundle | None = None


class ItemPlan(Struct):
    """The same of the time before prices."""

    currency: str
    interval: str
    interval_count: int = 1
    usage_type: str = "licensed"
    product: Id = None
    amount_decimal: Decimal | None = None
    amount: int | None = None
    transform_usage: Bundle | None = None


class SubscriptionItem(Struct):
    quantity: int | None = None
    price: ItemPrice | None = None
    plan: ItemPlan | None = None  # until 2020, and beside the price since


class SubscriptionItems(Struct):
    data: list[SubscriptionItem] = []


class Coupon(Struct):
    duration: str
    percent_off: Decimal | None = None
    amount_off: int | None = None


class DiscountSource(Struct):
    coupon: str | Coupon | None = None


class Discount(Struct):
    source: DiscountSource | None = None
    coupon: str | Coupon | None = None  # until 2025-09


NOT_TOLD = Raw()  # the raw JSON of a field that is not there


class AnySubscription(Struct):
    """What is read of a subscription whenever it was told. Other objects have none of it but the id."""

    id: str
    created: int = 0
    status: str = ""
    start_date: int | None = None
    start: int | None = None  # until 2019-10
    trial_start: int | None = None
    trial_end: int | None = None
    ended_at: int | None = None
    items: SubscriptionItems | None = None
    discounts: list[str | Discount] | None = None
    discount: Discount | None = None  # until 2024-09


class Subscription(AnySubscription):
    """As it is now."""

    livemode: bool | None = None
    customer: Id = None


class Snapshot(AnySubscription):
    """As it was at an event."""

    pause_collection: Raw = NOT_TOLD


class Before(Struct):
    """Which fields an event changed. Of most nothing is read but that they are there."""

    status: str | None = None
    pause_collection: Raw = NOT_TOLD
    items: Raw = NOT_TOLD
    quantity: Raw = NOT_TOLD
    plan: Raw = NOT_TOLD
    discounts: Raw = NOT_TOLD
    discount: Raw = NOT_TOLD

    @property
    def has_terms(self) -> bool:
        """Whether what the subscription costs is among them."""
        parts = (self.items, self.quantity, self.plan, self.discounts, self.discount)
        return any(part is not NOT_TOLD for part in parts)


class EventData(Struct):
    object: Snapshot
    previous_attributes: Before | None = None


class Event(Struct):
    id: str
    type: str
    created: int
    data: EventData
    livemode: bool | None = None
