"""Goals: how far a metric has come, and what is still needed a day. Source: docs/metrics.md, “Goals”."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.audit import Verb
from accounts.models import Account
from analytics import engine
from analytics.metrics.base import Better, Metric, Simple, Total, Unit
from analytics.metrics.registry import METRICS
from analytics.models import Goal
from analytics.query import By, Query
from putler.kernel.errors import PutlerError
from putler.kernel.money import decimals, round_half_up
from putler.kernel.periods import Interval, Kind, Period, local_day
from putler.tenancy import tenant

PLACES: Final = 4
KINDS: Final = frozenset({Kind.MONTH, Kind.QUARTER, Kind.YEAR})


def can_have_goal(metric: Metric) -> bool:
    """Whether a goal makes sense: of what adds up over days, and of rates that are to stay low."""
    if not metric.can_be(None) or metric.better is Better.NEUTRAL:
        return False
    adds_up = isinstance(metric, Simple | Total) or metric.slug == "new_customers"
    return adds_up or (metric.unit is Unit.PERCENT and metric.better is Better.DOWN)


METRICS_WITH_GOALS: Final = tuple(slug for slug, metric in METRICS.items() if can_have_goal(metric))


def set_goal(account: Account, *, metric: str, period: Period, target: Decimal) -> Goal:
    """A new goal for a month, quarter or year. Inside tenant(). Raises PutlerError, saying what is wrong with it."""
    if metric not in METRICS_WITH_GOALS:
        raise PutlerError("There are no goals for this figure.")
    if period.kind not in KINDS:
        raise PutlerError("A goal is for a month, a quarter or a year.")
    currency = account.base_currency if METRICS[metric].unit is Unit.MONEY else None
    _check_target(metric, target, currency)
    try:
        with transaction.atomic():
            goal = Goal.objects.create(
                account=account, metric=metric, first=period.first, last=period.last, target=target, currency=currency
            )
    except IntegrityError as error:
        raise PutlerError("There is a goal for this figure and time already.") from error
    _note(Verb.GOAL_SET, goal)
    return goal


def change_goal(goal: Goal, *, target: Decimal) -> None:
    """Another target for the same figure and time. Inside tenant(). Raises PutlerError, saying what is wrong."""
    _check_target(goal.metric, target, goal.currency)
    goal.target = target
    goal.save(update_fields=["target"])
    _note(Verb.GOAL_CHANGED, goal)


def delete_goal(goal: Goal) -> None:
    """No figure changes by it. Inside tenant()."""
    Goal.objects.filter(account=goal.account_id, pk=goal.pk).delete()
    _note(Verb.GOAL_DELETED, goal)


def _note(verb: Verb, goal: Goal) -> None:
    """Who did it, and to which goal: one that is deleted is known by its figure and first day."""
    detail = {"metric": goal.metric, "first": goal.first.isoformat()}
    audit.record(verb, account_id=goal.account_id, subject=goal, detail=detail)


def _check_target(metric: str, target: Decimal, currency: str | None) -> None:
    if target <= 0:
        raise PutlerError("A goal is more than zero.")
    places = decimals(currency) if currency else PLACES if METRICS[metric].unit is Unit.PERCENT else 0
    if target != round_half_up(target, places):
        raise PutlerError("A goal has no more decimals than the figure that it is for.")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a goal is. Shares have four decimals; `actual` None: the figure is not defined yet.

    `pace`: progress − the share of the days that have begun, in points. `needed_per_day`: over the days left, today
    included; None once reached, and afterwards. `reached_on`: the first local day on which all so far was enough.
    `stays_below`: the target is a limit; then there is neither pace nor need, and `is_kept` says whether it holds.
    """

    goal: Goal
    actual: Decimal | None
    progress: Decimal | None
    elapsed_share: Decimal
    pace: Decimal | None
    days_left: int
    needed_per_day: Decimal | None
    reached_on: date | None
    stays_below: bool
    is_kept: bool
    is_approximate: bool = False


def progress(goal: Goal, query: Query) -> Progress:
    """How far a goal is at `query.now`, within the query's sources; the query's period is not looked at."""
    with tenant(query.account.pk):
        zone = engine.serving(query).zone
        period, today = Period(goal.first, goal.last, zone), local_day(query.now, zone)
        so_far = Interval(period.start, max(period.start, min(period.end, query.now)))
        stays_below = METRICS[goal.metric].better is Better.DOWN
        adds_up = not stays_below
        asked = replace(
            query, period=so_far, by=By.DAY if adds_up else None, compare=None, currency=goal.currency,
            metrics=frozenset({goal.metric}),
        )  # fmt: skip
        report = engine.run(asked)
    value = report.values[goal.metric]
    actual = None if value is None else Decimal(value)
    elapsed = max(0, (min(today, goal.last) - goal.first).days + 1)
    elapsed_share = round_half_up(Decimal(elapsed) / period.day_count, PLACES)
    left = max(0, (goal.last - max(today, goal.first)).days + 1)
    share = None if actual is None else round_half_up(actual / goal.target, PLACES)
    reached_on = _reached_on(goal, report.series(goal.metric), list(report.groups)) if adds_up else None
    return Progress(
        goal=goal,
        actual=actual,
        progress=share,
        elapsed_share=elapsed_share,
        pace=share - elapsed_share if adds_up and share is not None else None,
        days_left=left,
        needed_per_day=_needed(goal, actual, left) if adds_up else None,
        reached_on=reached_on,
        stays_below=stays_below,
        is_kept=actual is None or actual <= goal.target if stays_below else reached_on is not None,
        is_approximate=report.is_approximate,
    )


def running(account: Account, now: datetime) -> list[Goal]:
    """The goals whose time it is, in the order in which they end. Inside tenant()."""
    today = local_day(now, account.zone)
    return list(account.goals.filter(first__lte=today, last__gte=today).order_by("last", "metric"))


def _reached_on(goal: Goal, series: list[Decimal | int | None], days: list[str]) -> date | None:
    total = Decimal(0)
    for day, value in zip(days, series, strict=True):
        total += Decimal(value or 0)
        if total >= goal.target:
            return date.fromisoformat(day)
    return None


def _needed(goal: Goal, actual: Decimal | None, left: int) -> Decimal | None:
    missing = goal.target - (actual or 0)
    if missing <= 0 or not left:
        return None
    return round_half_up(missing / left, decimals(goal.currency) if goal.currency else PLACES)
