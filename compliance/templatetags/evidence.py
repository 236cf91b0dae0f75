"""How the state of a promise looks."""

from datetime import datetime, timedelta
from typing import Final

from django import template
from django.utils import timezone
from django.utils.timesince import timesince

from compliance.evidence.base import State

register = template.Library()
MARKS: Final = {State.MET: "met", State.NOT_MET: "unmet", State.UNKNOWN: "unknown"}
TONES: Final = {State.MET: "good", State.NOT_MET: "bad", State.UNKNOWN: ""}


@register.filter
def mark(state: State) -> str:
    """The class of whatever stands for it."""
    return MARKS[state]


@register.filter
def tone(state: State) -> str:
    """The colour of its word."""
    return TONES[state]


@register.filter
def ago(moment: datetime) -> str:
    """How long ago that was; of the last minute, just now."""
    now = timezone.now()
    return "just now" if now - moment < timedelta(minutes=1) else f"{timesince(moment, now, depth=1)} ago"
