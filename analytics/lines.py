"""Booked lines beside what their booking says, so that conditions on bookings hold for them too."""

from typing import Any

from django.db.models import F, QuerySet

from datasources.models import BookedLine

_OF_THE_BOOKING = ("occurred_at", "kind", "source_id", "present", "absent", "currency")


def lines_of(account_id: int) -> QuerySet[Any]:
    """The lines of an account, each with its booking's columns under their own names."""
    lines = BookedLine.objects.filter(account_id=account_id, booking__account_id=account_id)
    return lines.annotate(source=F("booking__source_id"), **{name: F(f"booking__{name}") for name in _OF_THE_BOOKING})
