"""Goals and what lies ahead, as the metrics command prints them."""

from collections.abc import Callable
from typing import Any

from analytics import anomalies, facts, goals, outlook
from analytics.management.printing.words import plain, ratio, text
from analytics.metrics.base import Unit
from analytics.metrics.registry import METRICS
from analytics.models import Goal
from analytics.query import Query


def _goals(query: Query) -> list[dict[str, Any]]:
    return [goal_of(query, goal) for goal in goals.running(query.account, query.now)]


def goal_of(query: Query, goal: Goal) -> dict[str, Any]:
    """How far a goal is."""
    found, unit = goals.progress(goal, query), METRICS[goal.metric].unit
    currency = goal.currency or query.account.base_currency
    return {
        "metric": goal.metric,
        "target": f"{goal.target.normalize():f}",
        "actual": text(found.actual, unit, currency) if unit is Unit.MONEY else plain(found.actual),
        "progress": ratio(found.progress),
        "elapsed_share": ratio(found.elapsed_share),
        "pace": ratio(found.pace),
        "needed_per_day": text(found.needed_per_day, unit, currency),
        "reached_on": found.reached_on and found.reached_on.isoformat(),
    }


def _anomalies(query: Query) -> list[dict[str, Any]]:
    return [
        {
            "day": one.day.isoformat(),
            "slug": one.slug,
            "value": plain(one.value),
            "median": plain(one.usual.median),
            "mad": plain(one.usual.spread),
            "z": plain(one.z),
        }
        for one in anomalies.anomalies(query)
    ]


def _seasonality(query: Query) -> dict[str, dict[str, Any]] | None:
    found, currency = outlook.seasonality(query), query.account.base_currency
    if found is None:
        return None
    return {
        f"{one.month:%Y-%m}": {"net_sales": text(one.net_sales, Unit.MONEY, currency), "index": ratio(one.index)}
        for one in found
    }


def _time_machine(query: Query) -> dict[str, Any] | None:
    found = outlook.course_of_sales(query)
    if found is None:
        return None
    return {
        "month": f"{found.month:%Y-%m}",
        "value": text(found.value, Unit.MONEY, query.account.base_currency),
        "gained": text(found.gained, Unit.MONEY, query.account.base_currency),
        "lost": ratio(found.lost),
        "ahead": [f"{amount:f}" for amount in found.ahead()],
    }


def _track_record(query: Query) -> dict[str, Any] | None:
    found = outlook.track_record(query)
    if found is None:
        return None
    return {
        "months": found.months,
        "mean_error": text(found.mean_error, Unit.MONEY, query.account.base_currency),
        "share": ratio(found.share),
    }


def _did_you_know(query: Query) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fact in facts.did_you_know(query):
        found.setdefault(fact.about, []).append(fact.text)
    return found


LISTS: dict[str, Callable[[Query], Any]] = {
    "goal": _goals,
    "anomalies": _anomalies,
    "seasonality": _seasonality,
    "time_machine": _time_machine,
    "track_record": _track_record,
    "did_you_know": _did_you_know,
}
