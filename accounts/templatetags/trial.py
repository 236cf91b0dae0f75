"""How long a trial still runs."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone

register = template.Library()


@register.filter
def time_left(ends_at: datetime) -> str:
    """Days begun count as days: “13 days left”, “1 day left”, “over”."""
    left = -((timezone.now() - ends_at) // timedelta(days=1))
    if left <= 0:
        return "over"
    return f"{left} day{'s' if left > 1 else ''} left"
