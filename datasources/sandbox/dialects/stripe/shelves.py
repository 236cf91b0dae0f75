"""Every list of the API as a shelf: facts in the order of their creation, found by moment or by identifier."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from ...world.catalogue import BY_KEY
from ...world.facts import Facts, Order, Payment, Subscription
from ...world.shop import World
from .amounts import seconds
from .desk import Desk, Files
from .ids import Ids
from .objects.catalogue import Price, Ware
from .objects.discounts import discount_id
from .objects.events import events_of


class Shelf:
    """One list, oldest first; nothing is ever put in between."""

    def __init__(self, identify: Callable[[Any], str]) -> None:
        """Name facts by `identify`."""
        self._identify = identify
        self.facts: list[Any] = []
        self._moments: list[int] = []
        self._places: dict[str, int] = {}

    def put(self, facts: Iterable[Any]) -> None:
        """Append facts."""
        for fact in facts:
            self.facts.append(fact)
            self._moments.append(seconds(fact.at))
            self._places[self._identify(fact)] = len(self.facts) - 1  # last: who finds it may read it

    def between(self, low: int | None, high: int | None, *, now: datetime) -> range:
        """Return the places created in the half-open range of seconds, none after now."""
        end = bisect_right(self._moments, seconds(now))
        start = 0 if low is None else bisect_left(self._moments, low)
        return range(start, end if high is None else min(end, bisect_left(self._moments, high)))

    def place(self, identifier: str, *, now: datetime) -> int | None:
        """Find an object that exists by now."""
        place = self._places.get(identifier)
        return place if place is not None and self.facts[place].at <= now else None


class Library:
    """All shelves over one world, filled as it grows."""

    def __init__(self, world: World, ids: Ids) -> None:
        """Put up empty shelves, and those that are full from the first day."""
        self.world, self.ids, self.files = world, ids, Files()
        prefixes = {
            "balance_transactions": "txn",
            "disputes": "dp",
            "invoice_payments": "inpay",
            "invoices": "in",
            "payment_intents": "pi",
            "payouts": "po",
            "refunds": "re",
            "subscriptions": "sub",
        }
        self.shelves = {name: Shelf(self._numbered(prefix)) for name, prefix in prefixes.items()}
        desk = self.desk(datetime.max.replace(tzinfo=world.opens_at.tzinfo), version="")
        self.shelves["charges"] = Shelf(desk.charge_id)
        self.shelves["customers"] = Shelf(lambda buyer: ids.of("cus", buyer.number, length=14))
        self.shelves["events"] = Shelf(lambda event: ids.of("evt", f"{event.happening.number} {event.type}"))
        self.shelves["products"] = Shelf(lambda ware: ids.of("prod", ware.product.key, length=14))
        for name in ("prices", "plans"):
            self.shelves[name] = Shelf(lambda price: ids.of("price", f"{price.product.key} {price.currency}"))
        self.bounced: dict[str, Payment] = {}
        self.discounts: dict[str, Order | Subscription] = {}
        self._read: dict[str, int] = {}
        self._stock()

    def desk(self, now: datetime, *, version: str) -> Desk:
        """Return what builders need for an answer at that moment."""
        return Desk(self.files, self.ids, now, self.world.opens_at, version)

    def refresh(self, now: datetime) -> None:
        """Take in whatever happened up to now."""
        facts = self.world.grow(now)
        self.files.read(facts)
        for name, fresh in self._fresh(facts):
            self.shelves[name].put(fresh)

    def _fresh(self, facts: Facts) -> Iterator[tuple[str, list[Any]]]:
        payments = self._unread("payments", facts.payments)
        self.bounced |= {self.ids.of("pyr", one.number): one for one in payments if one.bounced_at}
        yield "payment_intents", payments
        yield "invoice_payments", [payment for payment in payments if payment.order]
        yield "balance_transactions", self._unread("entries", facts.entries)
        yield "charges", self._unread("attempts", facts.attempts)
        yield "customers", self._unread("buyers", facts.buyers)
        yield "disputes", self._unread("disputes", facts.disputes)
        orders = self._unread("orders", facts.orders)
        subscriptions = self._unread("subscriptions", facts.subscriptions)
        self._remember_discounts(orders, subscriptions)
        yield "invoices", orders
        yield "payouts", self._unread("payouts", facts.payouts)
        yield "refunds", self._unread("refunds", facts.refunds)
        yield "subscriptions", subscriptions
        news = self._unread("happenings", facts.happenings)
        yield "events", [event for happening in news for event in events_of(happening)]

    def _remember_discounts(self, orders: list[Order], subscriptions: list[Subscription]) -> None:
        desk = self.desk(self.world.opens_at, version="")
        owners: list[Order | Subscription] = [one for one in subscriptions if one.has_coupon]
        owners += [one for one in orders if not one.subscription and any(line.discount for line in one.lines)]
        self.discounts |= {discount_id(desk, owner): owner for owner in owners}

    def _unread(self, name: str, facts: list[Any]) -> list[Any]:
        fresh = facts[self._read.get(name, 0) :]
        self._read[name] = len(facts)
        return fresh

    def _numbered(self, prefix: str) -> Callable[[Any], str]:
        return lambda fact: self.ids.of(prefix, fact.number)

    def _stock(self) -> None:
        """Put the catalogue on its shelves."""
        at = self.world.opens_at
        self.shelves["products"].put(Ware(at, product) for product in BY_KEY.values())
        prices = [Price(at, product, currency) for product in BY_KEY.values() for currency in product.prices]
        self.shelves["prices"].put(prices)
        self.shelves["plans"].put(price for price in prices if price.product.interval)
