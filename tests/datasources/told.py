"""What a gateway's lists tell of one sale and its aftermath, and what the ledger makes of it, without ids."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db.models import F

from accounts.models import Account
from datasources.connectors.base import (
    CustomerRecordDraft,
    DetailDraft,
    Draft,
    ItemDraft,
    MovementDraft,
    ProductDraft,
    StatementDraft,
    SubscriptionDraft,
    SubscriptionEventDraft,
)
from datasources.models import Booking, DataSource, Line, Statement, Subscription, SubscriptionEvent, Transaction
from datasources.services import ledger
from putler.kernel.money import Money
from putler.tenancy import tenant
from tests import make

AT = datetime(2026, 1, 30, 10, tzinfo=UTC)


def money(minor: int, currency: str) -> Money:
    return Money.from_minor(minor, currency)


def gateway(account: Account | None = None, name: str = "stripe") -> DataSource:
    """A connected gateway; of a new account where none is given."""
    account = account or make.account()
    with tenant(account.pk):
        return DataSource.objects.create(account=account, provider="stripe", kind="gateway", name=name)


def moved(external_id: str, minor: int, **fields: Any) -> MovementDraft:
    """A movement of euros, told as the balance tells it; under a gateway's own object."""
    given: dict[str, Any] = {"kind": "sale", "status": "settled", "payment_ref": external_id, "occurred_at": AT}
    amount = fields.pop("amount", money(minor, "EUR"))
    return MovementDraft(external_id=external_id, amount=amount, presentment=amount, **given | fields)


def attempted(external_id: str, status: str = "failed") -> MovementDraft:
    """A try to pay 110 dollars."""
    return moved(external_id, 0, amount=money(11_000, "USD"), status=status, is_attempt=True)


SALE = moved("ch_1", 10_000, fee=320)
ATTEMPT = attempted("ch_1", "pending")
CHARGE = DetailDraft(
    "ch_1",
    about="ch_1",
    status="settled",
    presentment=money(11_000, "USD"),
    customer_ref="cus_1",
    country="DE",
    order_ref="pi_1",
    provider_refs=("pi_1",),
)
INVOICE = DetailDraft(
    "in_1",
    about="pi_1",
    presentment=money(11_000, "USD"),
    tax=1_000,
    shipping=500,
    discount=250,
    subscription_ref="sub_1",
    provider_refs=("in_1",),
    items=(ItemDraft("prod_1", 1, 6_000), ItemDraft("prod_2", 2, 3_500)),
)
CUSTOMER = CustomerRecordDraft("cus_1", "Ann@Example.com", "Ann", "DE")
CORE: tuple[Draft, ...] = (SALE, ATTEMPT, CHARGE, INVOICE, CUSTOMER)
AFTERMATH: tuple[Draft, ...] = (
    attempted("ch_0"),
    DetailDraft("ch_0", about="ch_0", presentment=money(11_000, "USD"), customer_ref="cus_1", order_ref="pi_1"),
    moved("re_1", -2_000, kind="refund"),
    DetailDraft("re_1", about="re_1", presentment=money(-2_200, "USD"), parent_ref="ch_1"),
    moved("txn_d", -8_000, kind="dispute", fee=1_500, payment_ref="dp_1"),
    DetailDraft("dp_1", about="dp_1", parent_ref="ch_1"),
    moved("ch_2", 4_000),
    DetailDraft("ch_2", about="ch_2", status="settled", presentment=money(4_000, "EUR"), email="Guest@Example.com"),
    ProductDraft("prod_1", "Mug"),
    ProductDraft("prod_2", "Tea"),
    ProductDraft("price_1", None, "prod_1", money(6_000, "USD")),
    SubscriptionDraft("sub_1", "active", "cus_1", "prod_1", AT, None),
    SubscriptionEventDraft("created", "sub_1", "created", AT, money(6_000, "USD"), "month", 1, 1),
    SubscriptionEventDraft("created", "sub_1", "created", AT, money(9_000, "USD"), "year", 1, 1, is_assumed=True),
    StatementDraft("po_1", AT, money(9_680, "EUR")),
)


def post(source: DataSource, *drafts: Draft) -> ledger.Posted:
    return ledger.post(source=source, drafts=drafts, now=make.NOW)


def post_each(source: DataSource, drafts: Iterable[Draft]) -> DataSource:
    """Post them one by one."""
    for draft in drafts:
        post(source, draft)
    return source


ROW = (
    "kind status occurred_at currency amount fee tax shipping discount presentment_currency presentment_amount country "
    "order_ref payment_ref provider_refs parent_ref payout_ref subscription_ref is_attempt customer__key customer__name"
).split()
BOOKED = (
    "kind occurred_at currency presentment_currency country amount fee tax shipping discount units base_amount "
    "is_order is_failed_order is_first present absent customer__key"
).split()


def facts(source: DataSource) -> dict[str, Any]:
    """All that the ledger says of a source, by its own names."""
    own = {"account_id": source.account_id, "source": source}
    of_source = {"account_id": source.account_id, "transaction__source": source}
    with tenant(source.account_id):
        lines = Line.objects.filter(**of_source).order_by("transaction__external_id", "pk")
        events = SubscriptionEvent.objects.filter(account_id=source.account_id, subscription__source=source)
        told = {
            "rows": Transaction.objects.filter(**own).order_by("external_id").values("external_id", *ROW),
            "lines": lines.values_list("transaction__external_id", "product__name", "quantity", "amount"),
            "bookings": Booking.objects.filter(**own)
            .order_by("transaction__external_id", "kind", "amount")
            .values(*BOOKED, name=F("transaction__external_id")),
            "subscriptions": Subscription.objects.filter(**own).values("external_id", "status", "customer__key"),
            "events": events.values("external_id", "amount", "interval"),
            "statements": Statement.objects.filter(**own).values("external_id", "amount"),
        }
        return {name: list(found) for name, found in told.items()}


def row(source: DataSource, external_id: str) -> dict[str, Any]:
    """One row of the ledger."""
    return next(row for row in facts(source)["rows"] if row["external_id"] == external_id)


def lines(source: DataSource, external_id: str) -> list[tuple[str, int, int]]:
    """What was sold with a row: name, quantity, minor units."""
    return [tuple(rest) for name, *rest in facts(source)["lines"] if name == external_id]
