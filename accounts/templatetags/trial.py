"""How long a trial still runs."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone

register = template.Library()
SOON = timedelta(days=7)


@register.filter
def is_soon(ends_at: datetime | None) -> bool:
    """Whether a trial ends within a week, and has not ended yet."""
    return isinstance(ends_at, datetime) and timedelta() < ends_at - timezone.now() <= SOON


@register.filter
def time_left(ends_at: datetime) -> str:
    """Days begun count as days: “13 days left”, “1 day left”, “over”."""
    left = -((timezone.now() - ends_at) // timedelta(days=1))
    if left <= 0:
        return "over"
    return f"{left} day{'s' if left > 1 else ''} left"
