"""The life of a subscription, decided on the day it starts: trial, renewals, upgrade, pause, the end."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from .catalogue import BY_KEY, COUNTRIES, COUPON_PERCENT, PLANS, UPGRADE, part
from .clock import months_after
from .facts import Buyer, Line, Order, Phase, Subscription
from .till import LATER, SOON, Till
from .words import Reason, Standing

TRIAL: Final = timedelta(days=14)
TRIALS, COUPONS, PAIRS = 0.35, 0.2, 0.12
UPGRADES, PAUSES, ENDS_MONTHLY, ENDS_YEARLY = 0.02, 0.02, 0.09, 0.4  # at each renewal
LONGEST: Final = timedelta(days=6 * 366)


@dataclass(slots=True)
class Life:
    """A subscription being lived: the phases so far, and where its money is taken."""

    till: Till
    number: int
    buyer: Buyer
    currency: str
    has_coupon: bool
    phases: list[Phase]

    @property
    def now(self) -> Phase:
        """The latest phase."""
        return self.phases[-1]

    def turn(self, what: str, *, at: datetime, **changes: object) -> None:
        """Begin a new phase that differs from the latest in `changes`."""
        self.phases.append(replace(self.now, at=at, what=what, **changes))  # type: ignore[arg-type]

    def bill(self, reason: Reason) -> Order:
        """Write the bill for the latest phase's period; a trial costs nothing."""
        phase = self.now
        price = 0 if phase.standing == Standing.TRIAL else BY_KEY[phase.plan].prices[self.currency] * phase.quantity
        discount = part(price, COUPON_PERCENT, 100) if self.has_coupon else 0
        goods = price - discount
        return Order(
            number=self.till.diary.number(Order),
            at=phase.period[0],
            buyer=self.buyer,
            currency=self.currency,
            lines=(Line(phase.plan, phase.quantity, goods, discount),),
            tax=part(goods, COUNTRIES[self.buyer.country].tax, 1000),
            reason=reason,
            subscription=self.number,
            period=phase.period,
        )


def live(till: Till, *, buyer: Buyer, at: datetime) -> Subscription:
    """Decide the whole life of a subscription that starts now, and write it with all its bills."""
    random = till.random
    plan = random.choices(PLANS, [plan.weight for plan in PLANS])[0]
    has_trial = plan.interval == "month" and random.random() < TRIALS
    ends_at = at + TRIAL if has_trial else _renews(plan.key, at, 1)
    quantity = 2 if random.random() < PAIRS else 1
    first = Phase(at, "started", Standing.TRIAL if has_trial else Standing.ACTIVE, plan.key, quantity, (at, ends_at))
    life = Life(
        till=till,
        number=till.diary.number(Subscription),
        buyer=buyer,
        currency=COUNTRIES[buyer.country].currency,
        has_coupon=random.random() < COUPONS,
        phases=[first],
    )
    payment = till.collect(life.bill(Reason.SIGN_UP), waits=SOON)
    if payment and not payment.paid_at:
        life.turn("expired", at=at + timedelta(hours=23), standing=Standing.EXPIRED)
    elif payment and payment.paid_at and payment.paid_at > at:
        life.phases[0] = replace(first, standing=Standing.WAITING)
        life.turn("activated", at=payment.paid_at, standing=Standing.ACTIVE)
        _renew(life)
    else:
        _renew(life)
    return _written(life, trial_ends_at=ends_at if has_trial else None)


def _renew(life: Life) -> None:
    """Live on, period by period, until the buyer or the bank has had enough."""
    anchor = life.now.period[1]
    for start, number in _periods(life, anchor):
        if _is_over(life):
            life.turn("cancelled", at=start, standing=Standing.ENDED)
            return
        if _takes_a_break(life, start):
            continue
        plan = UPGRADE.get(life.now.plan) if life.till.random.random() < UPGRADES else None
        period = (start, _renews(plan or life.now.plan, anchor, number + 1))
        what = "upgraded" if plan else "renewed"
        life.turn(what, at=start, standing=Standing.ACTIVE, plan=plan or life.now.plan, period=period)
        if not _is_paid(life, start):
            return
        if life.till.random.random() < _ends(life):
            days = life.till.random.randint(1, (period[1] - start).days - 1)
            at = max(start + timedelta(days=days), life.now.at + timedelta(hours=1))
            life.turn("cancellation planned", at=at, cancels_at=period[1])


def _periods(life: Life, anchor: datetime) -> Iterator[tuple[datetime, int]]:
    """Yield the starts of further periods and their numbers, as far as anybody looks ahead."""
    number, start = 0, anchor
    while start < anchor + LONGEST:
        yield start, number
        number += 1
        start = _renews(life.now.plan, anchor, number)


def _is_over(life: Life) -> bool:
    return life.now.cancels_at is not None


def _takes_a_break(life: Life, start: datetime) -> bool:
    """Pause for one period now and then; what was paused goes on with the next."""
    if life.now.is_paused:
        life.turn("resumed", at=start, is_paused=False)
        return False
    if life.now.what == "renewed" and BY_KEY[life.now.plan].interval == "month" and life.till.random.random() < PAUSES:
        period = (start, months_after(start, 1))
        life.turn("paused", at=start, is_paused=True, period=period)
        return True
    return False


def _is_paid(life: Life, start: datetime) -> bool:
    """Collect for the latest period; a debtor recovers when the card works, or is let go."""
    payment = life.till.collect(life.bill(Reason.RENEWAL), waits=LATER)
    if payment is None or payment.paid_at == start:
        return True
    life.turn("fell behind", at=start + timedelta(minutes=1), standing=Standing.BEHIND)
    if payment.paid_at:
        life.turn("recovered", at=payment.paid_at, standing=Standing.ACTIVE)
        return True
    life.turn("let go", at=start + sum(LATER, timedelta(days=1)), standing=Standing.ENDED)
    return False


def _ends(life: Life) -> float:
    return ENDS_MONTHLY if BY_KEY[life.now.plan].interval == "month" else ENDS_YEARLY


def _renews(plan: str, anchor: datetime, number: int) -> datetime:
    return months_after(anchor, number if BY_KEY[plan].interval == "month" else 12 * number)


def _written(life: Life, *, trial_ends_at: datetime | None) -> Subscription:
    phases = tuple(life.phases)
    rest = (phases, trial_ends_at, life.has_coupon)
    subscription = Subscription(life.number, phases[0].at, life.buyer, life.currency, *rest)
    life.till.diary.write(subscription)
    for phase in phases:
        life.till.diary.tell(f"subscription {phase.what}", subscription, at=phase.at)
    if trial_ends_at:
        life.till.diary.tell("subscription trial ending", subscription, at=trial_ends_at - timedelta(days=3))
    return subscription
