"""How long something takes, in words."""

from datetime import timedelta

from django import template

register = template.Library()

MINUTE, HOUR = 60, 3600


@register.filter
def about(left: timedelta | None) -> str:
    """The time that is left, as roughly as it is known."""
    if left is None:
        return "—"
    seconds = left.total_seconds()
    if seconds < MINUTE:
        return "under a minute"
    if seconds < 90 * MINUTE:
        minutes = round(seconds / MINUTE)
        return f"about {minutes} minute{'s' * (minutes > 1)}"
    return f"about {round(seconds / HOUR)} hours"
