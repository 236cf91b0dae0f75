"""Plain builders of bookings, each with the movement that it books."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Account
from analytics import rollups
from analytics.query import Query, Scope
from datasources.models import BookedLine, Booking, ChangedHour, Customer, DataSource, Product, Transaction
from putler.kernel.periods import Interval, Period

NOW = datetime(2027, 1, 1, tzinfo=UTC)
_FACTS = {"sale": "sale", "correction": "adjustment", "pending_sale": "sale", "failed_sale": "sale"}
_STATUS = {"pending_sale": "pending", "failed_sale": "failed"}
_numbers = itertools.count(1)


def at(text: str) -> datetime:
    """The UTC instant of “2026-01-31 12:00”."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Shop:
    """An account with sources and customers made as they are named. Use it inside tenant()."""

    currency: str = "EUR"
    time_zone: str = "Europe/Berlin"
    account: Account = field(init=False)

    def __post_init__(self) -> None:
        self.account = Account.objects.create(name="Shop", base_currency=self.currency, time_zone=self.time_zone)

    @property
    def zone(self) -> ZoneInfo:
        return self.account.zone

    def source(self, name: str) -> DataSource:
        return DataSource.objects.get_or_create(account=self.account, name=name, defaults={"kind": "gateway"})[0]

    def customer(self, key: str) -> Customer:
        number = Customer.objects.filter(account=self.account).count() + 1
        return Customer.objects.get_or_create(account=self.account, key=key, defaults={"number": number})[0]

    def book(self, kind: str, amount: int, when: datetime | str, **fields: Any) -> Booking:
        """A booking of minor units; `source` and `customer` by name, `present` and `absent` as names of sources."""
        occurred_at = at(when) if isinstance(when, str) else when
        source = self.source(fields.pop("source", "stripe"))
        customer = self.customer(fields.pop("customer")) if fields.get("customer") else fields.pop("customer", None)
        currency = fields.pop("currency", self.currency)
        money = {name: fields.pop(name, 0) for name in ("fee", "tax", "shipping", "discount")} | {"amount": amount}
        shown = fields.pop("presentment_currency", currency)
        for name in {"present", "absent"} & fields.keys():
            fields[name] = sorted(self.source(each).pk for each in fields[name])
        facts = {"source": source, "customer": customer, "occurred_at": occurred_at, "currency": currency, **money}
        movement = Transaction.objects.create(
            account=self.account, external_id=f"m{next(_numbers)}", kind=_FACTS.get(kind, kind), imported_at=NOW,
            status=_STATUS.get(kind, "settled"), presentment_currency=shown, presentment_amount=amount, **facts,
        )  # fmt: skip
        base = {f"base_{name}": value for name, value in money.items()}
        ChangedHour.objects.create(account=self.account, hour=occurred_at.replace(minute=0, second=0, microsecond=0))
        given = {"units": 0, "is_rate_final": True, "is_order": kind == "sale" and amount > 0, "is_failed_order": False}
        return Booking.objects.create(
            account=self.account, transaction=movement, kind=kind, base_currency=self.currency,
            presentment_currency=shown, **facts, **(given | base | fields),
        )  # fmt: skip

    def line(self, booking: Booking, product: str | None, amount: int, *, quantity: int, is_order: bool) -> None:
        """A part of a booking; `product` by name, None for goods that no line accounts for."""
        base = None if booking.base_amount is None else amount
        BookedLine.objects.create(
            account=self.account, booking=booking, product=self.product(product) if product else None,
            amount=amount, base_amount=base, quantity=quantity, is_order=is_order,
        )  # fmt: skip

    def product(self, name: str) -> Product:
        number = Product.objects.filter(account=self.account).count() + 1
        return Product.objects.get_or_create(account=self.account, name=name, defaults={"number": number})[0]

    def sale(self, amount: int, when: datetime | str, **fields: Any) -> Booking:
        return self.book("sale", amount, when, **fields)

    def forget(self, booking: Booking) -> None:
        """Delete a booking, as booking anew does."""
        hour = booking.occurred_at.replace(minute=0, second=0, microsecond=0)
        ChangedHour.objects.create(account=self.account, hour=hour)
        Booking.objects.filter(account=self.account, pk=booking.pk).delete()

    def touch_everything(self) -> None:
        """Note every hour as changed, as first orders that move do."""
        hours = Booking.objects.filter(account=self.account).values_list("occurred_at", flat=True)
        ChangedHour.objects.bulk_create(
            ChangedHour(account=self.account, hour=when.replace(minute=0, second=0, microsecond=0)) for when in hours
        )

    def drain(self, now: datetime = NOW) -> int:
        return rollups.drain(self.account.pk, now=now)

    def query(self, first: str, last: str, **fields: Any) -> Query:
        """Whole local days; `sources` by name."""
        sources = fields.pop("sources", None)
        chosen = None if sources is None else [self.source(name).pk for name in sources]
        days = Period(datetime.fromisoformat(first).date(), datetime.fromisoformat(last).date(), self.zone)
        given: dict[str, Any] = {"period": days, "scope": Scope.of(self.account, chosen), "now": NOW}
        return Query(account=self.account, **(given | fields))


def instants(start: str, end: str) -> Interval:
    return Interval(at(start), at(end))
