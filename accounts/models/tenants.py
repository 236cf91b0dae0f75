"""Accounts: the businesses, each behind a wall of its own."""

import uuid
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone

from putler.tenancy import TenantModel


class AccountQuerySet(models.QuerySet["Account"]):
    def by_public_id(self, text: str) -> "Account | None":
        """The account with this public id, or None for any other text."""
        try:
            return self.filter(public_id=uuid.UUID(text)).first()
        except ValueError:
            return None

    def paused(self, *, now: datetime) -> "AccountQuerySet":
        """Those whose trial has ended."""
        return self.filter(trial_ends_at__lte=now)

    def changing(self) -> "AccountQuerySet":
        """The accounts whose figures are being computed in another currency or time zone."""
        return self.exclude(next_currency=None, next_time_zone=None)


class WeekStart(models.IntegerChoices):
    MONDAY = 1
    SUNDAY = 7


class NumberFormat(models.TextChoices):
    COMMA_POINT = ",.", "1,234.56"
    POINT_COMMA = ".,", "1.234,56"
    SPACE_COMMA = " ,", "1 234,56"
    APOSTROPHE_POINT = "’.", "1’234.56"


class DateFormat(models.TextChoices):
    DAY_FIRST = "dmy", "3 Nov 2026"
    MONTH_FIRST = "mdy", "Nov 3, 2026"
    ISO = "iso", "2026-11-03"


class Account(models.Model):
    """The tenant: one business, its reporting currency and its time zone.

    `seen_sources`: on the account of a request, the ids of the sources that its member is restricted to; None: all.
    What starts at the account keeps to them by itself (`putler.tenancy`).

    All that is shown is in `base_currency` and cut at the midnights of `time_zone`. Where another one was chosen,
    `next_currency` and `next_time_zone` say which; they take their places once every figure is there in them.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    name = models.CharField(max_length=200)
    base_currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    trial_ends_at = models.DateTimeField(null=True, blank=True)  # none: made by an operator
    trial_told_days = models.PositiveSmallIntegerField(null=True)  # the last mail about its end: so many days before
    purge_delay_days = models.PositiveSmallIntegerField(default=14)  # from unlinking a source to deleting its rows

    seen_sources: frozenset[int] | None = None

    next_currency = models.CharField(max_length=3, null=True, blank=True)
    next_time_zone = models.CharField(max_length=64, null=True, blank=True)
    week_start = models.PositiveSmallIntegerField(choices=WeekStart.choices, default=WeekStart.MONDAY)
    fiscal_month = models.PositiveSmallIntegerField(default=1)  # the first of the fiscal year
    number_format = models.CharField(max_length=2, choices=NumberFormat.choices, default=NumberFormat.COMMA_POINT)
    date_format = models.CharField(max_length=3, choices=DateFormat.choices, default=DateFormat.DAY_FIRST)
    requires_2fa = models.BooleanField(default=False)  # of every member

    objects: ClassVar[AccountQuerySet] = AccountQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(week_start__in=WeekStart.values), name="account_week_start"),
            models.CheckConstraint(condition=models.Q(fiscal_month__range=(1, 12)), name="account_fiscal_month"),
            models.CheckConstraint(
                condition=models.Q(number_format__in=NumberFormat.values), name="account_number_format"
            ),
            models.CheckConstraint(condition=models.Q(date_format__in=DateFormat.values), name="account_date_format"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose midnights cut this account's days."""
        return ZoneInfo(self.time_zone)

    def is_paused(self, *, now: datetime) -> bool:
        """Whether its trial has ended: nothing is read and no figure is shown until it is extended."""
        return self.trial_ends_at is not None and self.trial_ends_at <= now

    @property
    def wanted(self) -> tuple[str, str]:
        """The currency and the time zone that were chosen last."""
        return self.next_currency or self.base_currency, self.next_time_zone or self.time_zone

    @property
    def is_changing(self) -> bool:
        """Whether its figures are being computed in another currency or time zone."""
        return self.wanted != (self.base_currency, self.time_zone)


class TrialExtension(TenantModel):
    """A trial that staff let run on, and why."""

    days = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500)
    extended_by = models.CharField(max_length=100)  # a user's public id, or the command
    extended_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.days} days from {self.extended_at:%Y-%m-%d}"
