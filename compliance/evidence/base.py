"""Findings: how something is measured, written down, and read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django_q.models import Schedule

from compliance.models import Evidence

HOURLY: Final = timedelta(hours=1)
DAILY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Finding:
    """What was found: a short sentence for everybody, and whether it is as promised. `source`: what was looked at.

    `remembered`: what the next measurement needs to know; no secret.
    """

    value: str
    source: str
    is_met: bool
    remembered: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measure:
    """Something that can be measured. `function`: None where a command or another server measures and records it.

    `every`: how often the job does. `longest`: the age from which on a finding says nothing any more.
    """

    name: str
    title: str
    function: Callable[[datetime], Finding] | None = None
    every: timedelta = HOURLY
    longest: timedelta = timedelta(hours=3)


class State(StrEnum):
    """What the page says of a measurement, or of a promise."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Reading:
    """A measurement as it is read now. `row`: what was found, however old; None where nothing ever was."""

    measure: Measure
    state: State
    row: Evidence | None


def record(name: str, finding: Finding, *, now: datetime) -> None:
    """Write down what was found, in place of what was found before."""
    values: dict[str, Any] = {
        "value": finding.value,
        "source": finding.source,
        "is_met": finding.is_met,
        "measured_at": now,
        "remembered": dict(finding.remembered),
    }
    Evidence.objects.update_or_create(name=name, defaults=values)


def remembered(name: str) -> dict[str, str]:
    """What the measurement before wanted to be known."""
    row = Evidence.objects.filter(name=name).first()
    return dict(row.remembered) if row else {}


def read(measure: Measure, row: Evidence | None, *, now: datetime) -> Reading:
    """What is to be said: nothing good or bad of what was not measured lately."""
    if row is None or row.is_old(measure.longest, now=now):
        return Reading(measure, State.UNKNOWN, row)
    return Reading(measure, State.MET if row.is_met else State.NOT_MET, row)


def worst(states: list[State]) -> State:
    """The state of what rests on all of these; of nothing at all it is unknown."""
    if not states:
        return State.UNKNOWN
    return next(state for state in (State.NOT_MET, State.UNKNOWN, State.MET) if state in states)


def has_run(task: str, *, now: datetime) -> bool:
    """Whether a recurring job is switched on and was not left out for longer than twice its pause."""
    schedule = Schedule.objects.filter(name=task).first()
    if schedule is None or not schedule.next_run or not schedule.repeats:
        return False
    return schedule.next_run + timedelta(minutes=schedule.minutes or 0) > now
