"""One seed: a shop, an account that reads it, whatever goes wrong, and what must be true once the dust has settled."""

import hmac
import json
import os
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from io import StringIO
from random import Random

import pytest
from pytest_django import Settings

from accounts.models import Account
from datasources.connectors import http
from datasources.connectors.http import Http
from datasources.connectors.streams import Identity
from datasources.connectors.stripe import connector
from datasources.connectors.stripe.identity import identify
from datasources.importing import plan
from datasources.models import DataSource, Hook, SourceKind
from datasources.sandbox.dialects.stripe import Manner, Stripe
from datasources.sandbox.dialects.stripe.ids import Ids
from datasources.sandbox.world.shop import World
from datasources.services import hooks
from datasources.services.connecting import ConnectError, accept_key
from datasources.services.hooks import Delivery
from datasources.services.providers import provider
from datasources.services.rates import load_rates
from putler.tenancy import tenant
from tests import make
from tests.faults.truth import (
    assert_booked_as_the_naive_script_says,
    assert_ledger_is_world,
    assert_rollups_are_the_rows,
)
from tests.faults.wire import HOST, ON_THE_WAY, REFUSED, SPOILED, Weather, Wire
from tests.faults.workers import AMONG_WORKERS, Workers
from tests.importing.conftest import NOON, Clock

FIRST, SEEDS = (int(os.environ.get(name, default)) for name, default in (("FIRST", "0"), ("SEEDS", "100")))
KEY = "rk_test_sandbox_canary"
AGE = timedelta(days=3)
DAY = timedelta(days=1)
HEADS = (timedelta(hours=8), timedelta(hours=20), timedelta(days=30))  # that are read first, and history after them
SELDOM = 40  # seeds, among which each misfortune is
MISFORTUNES = frozenset((
    *SPOILED, *ON_THE_WAY, *REFUSED, *AMONG_WORKERS, "late", "clock ahead", "clock behind",
    "webhook heard", "webhook heard before", "webhook forged", "webhook before", "webhook after",
))  # fmt: skip


class Story:
    """One seed: a shop, an account that reads it, and what happens to both."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(f"story {seed}")
        self.clock = Clock(NOON + timedelta(seconds=self.rng.randrange(86_400)))
        self.world = World(seed=f"faults {seed}", opened=(self.clock() - AGE).date())
        self.shop = Stripe(self.world, Manner(per_second=10**6), now=self.clock)
        self.weather = Weather(seed, share=self.rng.choice((0, 0.05, 0.15, 0.3)), late=self.rng.choice((0, 0, 0.1)))
        self.wire = Wire(self.shop, self.weather, self.clock)
        self.account: Account = make.account(currency=self.rng.choice(("EUR", "GBP", "JPY")))
        skew = timedelta(seconds=self.rng.choice((0, 0, -400, 400)))
        self.head = self.rng.choice(HEADS)
        self.workers = Workers(self.account, self.clock, rng=self.rng, skew=skew)
        self.rates = self._rates()
        self.told: list[Delivery] = []
        self.seen = Counter({"clock ahead": skew > timedelta(), "clock behind": skew < timedelta()})
        load_rates(self.rates.splitlines())

    def connect(self) -> None:
        """Connect the shop with a first key."""
        source = None
        while source is None:  # the merchant tries until it works
            with suppress(ConnectError):
                source = accept_key(
                    self.account, provider("stripe"), KEY + "_first", now=self.clock() + self.workers.skew
                )
        with tenant(self.account.pk):
            hook = Hook.objects.select_related("source").get(account=self.account)
            hooks.keep_secret(hook, "whsec_canary")
            self.token = hooks.address(hook).rstrip("/").rpartition("/")[2]

    def identify(self, http: Http) -> Identity:
        """Whose account it is, and that it was opened a day before the shop."""
        return identify(http)._replace(began_at=self.world.opens_at - DAY)

    def live(self) -> None:
        """Two days in which anything may happen."""
        deeds: list[Callable[[], object]] = [
            lambda: self.workers.work(self.rng.randint(1, 30)),
            lambda: self.workers.work(self.rng.randint(1, 30)),
            lambda: self.workers.work(self.rng.randint(1, 30)),
            lambda: self.clock.forward(minutes=self.rng.choice((1, 11, 61, 240))),
            self.ring,
            self.sell_in_the_store,
            self.revoke,
        ]
        with self.workers.mortal():
            for _ in range(18):
                self.workers.survive(self.rng.choice(deeds))

    def settle(self) -> None:
        """Let it be calm for a day, and everything be read up to one moment."""
        self.weather.is_over = self.workers.is_calm = True
        self.weather.calm_from = self.clock().timestamp()
        self.clock.forward(minutes=20)
        self.reconnect()
        self.workers.work()
        self.workers.skew = timedelta()  # else what is newer than one clock, and older than the other, is not due yet
        self.clock.forward(hours=24, minutes=11)
        self.workers.work()

    def ring(self) -> None:
        """A webhook: of an event that happened or will, again, or from somebody else."""
        events = [one for one in self.world.facts.happenings if abs(one.at - self.clock()) < timedelta(hours=6)]
        event = self.rng.choice(events or self.world.facts.happenings)
        kind = self.rng.choice(("charge.succeeded", "payout.paid", "customer.subscription.updated", "odd.thing"))
        body = json.dumps({"id": f"evt_{event.number}", "type": kind}).encode()
        secret = self.rng.choice(("whsec_canary", "whsec_canary", "whsec_forged"))
        moment = int((self.clock() + self.workers.skew).timestamp()) - self.rng.choice((0, 0, 1000))
        proof = hmac.new(secret.encode(), f"{moment}.".encode() + body, sha256).hexdigest()
        self.told.append(Delivery(body, {"Stripe-Signature": f"t={moment},v1={proof}"}))
        outcome = hooks.receive(self.token, self.rng.choice(self.told), now=self.clock() + self.workers.skew)
        self.seen[f"webhook {outcome.value}"] += 1
        self.seen["webhook before" if event.at > self.clock() else "webhook after"] += 1

    def sell_in_the_store(self) -> None:
        """The shop's own system tells of some payments too, by their names at the gateway."""
        ids, store = Ids(self.world.seed), self._store()
        paid = [one for one in self.world.facts.attempts if not one.decline and one.at <= self.clock()]
        drafts = []
        for attempt in self.rng.sample(paid, min(5, len(paid))):
            payment = attempt.payment
            money, order = payment.settlement, payment.order
            if (
                money is None
                or payment.clears_at
                or payment.captured != payment.amount
                or (money.currency, money.amount) != (payment.currency, payment.amount)
            ):
                continue
            name = ids.of("pi", payment.number)
            minor = f"{money.amount / 100:.2f} {money.currency}"
            moment = (attempt.at + timedelta(seconds=30)).strftime("%Y-%m-%d %H:%M:%S")
            drafts.append(make.movement(
                minor, moment, external_id=f"order-{payment.number}", payment_ref=name,
                customer=payment.buyer.email or "", order_ref=f"#{payment.number}",
                tax=order.tax if order else 0, shipping=order.shipping if order else 0,
            ))  # fmt: skip
        make.post(store, *drafts, now=self.clock())

    def revoke(self) -> None:
        """The merchant takes our access away, or gives another one."""
        if not self.weather.refusal and self.rng.random() < 0.4:
            self.weather.refusal = self.rng.choice(list(REFUSED))
        elif self.weather.refusal:
            self.reconnect()

    def reconnect(self) -> None:
        """Give access that holds."""
        was, self.weather.is_over = self.weather.is_over, True
        accept_key(self.account, provider("stripe"), KEY + "_second", now=self.clock() + self.workers.skew)
        self.weather.is_over = was

    def _store(self) -> DataSource:
        with tenant(self.account.pk):
            known = DataSource.objects.filter(account=self.account, kind=SourceKind.STORE).first()
        return known or make.source(self.account, "woo", kind=SourceKind.STORE)

    def _rates(self) -> str:
        """Rates that wander, for each day of the story."""
        first = (self.clock() - AGE - 12 * DAY).date()
        days = [first + number * DAY for number in range(30)]
        lines = [f"{day},{name},{self.rng.uniform(*span):.4f}" for day in days for name, span in _SPANS.items()]
        return "\n".join(["date,currency,units_per_eur", *lines])


_SPANS = {"GBP": (0.8, 0.9), "USD": (1.0, 1.2), "JPY": (150, 170)}


def check(seed: int, settings: Settings, monkeypatch: pytest.MonkeyPatch, said: StringIO) -> Counter[str]:
    """Live through a seed, and compare; answers what went wrong on the way, counted."""
    random.seed(seed)
    story = Story(seed)
    settings.PROVIDERS = {"stripe": settings.PROVIDERS["stripe"] | {"API_URL": f"{HOST}/stripe"}}
    monkeypatch.setattr(http, "Session", story.wire.session)
    # One thing after the other: what is fetched ahead elsewhere is fetched when it is asked for here.
    monkeypatch.setattr(connector, "ahead", lambda pages: pages)
    # What is older than the newest days is history with rows in it, and none of it fifteen empty years long.
    monkeypatch.setattr(plan, "FIRST", story.head)
    monkeypatch.setattr(connector, "identify", story.identify)
    story.world.grow(story.clock() + 8 * DAY)
    story.connect()
    story.live()
    story.settle()

    now: datetime = story.clock()
    assert {state.stream: state.error for state in story.workers.states() if state.error or not state.is_complete} == {}
    assert_ledger_is_world(story.account, story.world, (story.world.opened, now.date() + DAY), now)
    assert_rollups_are_the_rows(story.account, now)
    assert_booked_as_the_naive_script_says(story.account, story.rates)
    assert "canary" not in said.getvalue()
    return story.seen + story.workers.seen + story.weather.seen
