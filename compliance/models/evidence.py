"""What was measured of the promises on the security page."""

from datetime import datetime, timedelta

from django.db import models


class Evidence(models.Model):
    """The newest measurement of one thing; nothing of a merchant or a secret is in it.

    `source`: what was looked at. `remembered`: what the next measurement needs to know.
    """

    name = models.CharField(max_length=40, unique=True)
    value = models.CharField(max_length=200)
    source = models.CharField(max_length=200)
    is_met = models.BooleanField()
    measured_at = models.DateTimeField()
    remembered = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name

    def is_old(self, longest: timedelta, *, now: datetime) -> bool:
        """Whether it says nothing about the present any more. What was measured in the future says nothing either."""
        return not timedelta() <= now - self.measured_at + timedelta(minutes=1) <= longest + timedelta(minutes=1)
