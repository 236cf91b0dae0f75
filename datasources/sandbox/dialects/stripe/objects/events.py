"""Events: Stripe's names for the shop's news, each with the object as it was at that moment."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from ....world.facts import Happening, Subscription, Topic
from ....world.words import Outcome
from ..amounts import seconds
from ..desk import Desk, Object
from .subscriptions import subscription

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "attempt failed": ("charge.failed",),
    "attempt succeeded": ("charge.succeeded",),
    "buyer registered": ("customer.created",),
    "dispute closed": ("charge.dispute.closed",),
    "dispute opened": ("charge.dispute.created",),
    "order paid": ("invoice.paid",),
    "order unpaid": ("invoice.payment_failed",),
    "payout created": ("payout.created",),
    "payout failed": ("payout.failed",),
    "payout paid": ("payout.paid",),
    "refund created": ("refund.created", "charge.refunded"),
    "refund failed": ("refund.failed",),
    "subscription cancelled": ("customer.subscription.deleted",),
    "subscription let go": ("customer.subscription.deleted",),
    "subscription started": ("customer.subscription.created",),
    "subscription trial ending": ("customer.subscription.trial_will_end",),
}
UPDATED: Final = ("customer.subscription.updated",)


class Event(NamedTuple):
    """One event, and what it is about."""

    at: datetime
    type: str
    happening: Happening


def events_of(happening: Happening) -> list[Event]:
    """Say what Stripe makes of news; money that moved with a dispute is an event of its own."""
    names = NAMES.get(happening.what, UPDATED)
    outcome = getattr(happening.about, "outcome", None)
    if happening.what == "dispute opened" and outcome is not Outcome.INQUIRY:
        names = (*names, "charge.dispute.funds_withdrawn")
    if happening.what == "dispute closed" and outcome is Outcome.WON:
        names = (*names, "charge.dispute.funds_reinstated")
    return [Event(happening.at, name, happening) for name in names]


def event_id(desk: Desk, event: Event) -> str:
    """Name an event."""
    return desk.ids.of("evt", f"{event.happening.number} {event.type}")


def event(desk: Desk, fact: Event, *, about: Object) -> Object:
    """Tell an event; `about` is its object as it was then."""
    data: dict[str, Any] = {"object": about}
    if fact.type == "customer.subscription.updated":
        data["previous_attributes"] = _changed(desk, fact, about)
    return {
        "id": event_id(desk, fact),
        "object": "event",
        "api_version": desk.version,
        "created": seconds(fact.at),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": fact.type,
    }


def _changed(desk: Desk, fact: Event, about: Object) -> Object:
    """Return what differed before, as Stripe does for updates."""
    topic: Topic = fact.happening.about
    if not isinstance(topic, Subscription):
        return {}
    before = [phase for phase in topic.phases if phase.at < fact.at]
    if not before:
        return {}
    then = Desk(desk.files, desk.ids, before[-1].at, desk.opened_at, desk.version)
    old = subscription(then, topic)
    return {key: value for key, value in old.items() if about.get(key) != value}
