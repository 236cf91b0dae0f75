"""Who else handles data, and where they lie: kept by staff, shown to everybody."""

import uuid
from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from analytics.templatetags.countries import country_name


class SubProcessors(models.QuerySet["SubProcessor"]):
    """Reads of the register."""

    def on(self, day: date) -> Self:
        """Those that handle data on a day."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=day), since__lte=day).order_by("name")

    def announced(self, day: date) -> Self:
        """Those that will."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=day), since__gt=day).order_by("since", "name")


class SubProcessor(models.Model):
    """Somebody who handles data for us, or whom the site asks for something.

    `hosts`: the names that it is reached by, separated by spaces. `transfer_basis`: on what ground data may go to its
    country. `agreement_on`: when its own agreement on data processing was signed. `since`: the first day on which it
    may handle data. `announced_at`: when the owners of all accounts were written to.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=300)
    data_types = models.CharField(max_length=300)
    country = models.CharField(max_length=2)
    transfer_basis = models.CharField(max_length=200)
    hosts = models.CharField(max_length=500, blank=True)
    agreement_on = models.DateField(null=True, blank=True)
    since = models.DateField()
    announced_at = models.DateTimeField(null=True)
    ended_on = models.DateField(null=True, blank=True)

    objects: ClassVar[SubProcessors] = SubProcessors.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "sub-processor"

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def place(self) -> str:
        """The country by its name."""
        return country_name(self.country)


class Objection(models.Model):
    """That an owner does not want a sub-processor. `account`, `by`: public ids."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    sub_processor = models.ForeignKey(SubProcessor, models.CASCADE, related_name="objections")
    account = models.UUIDField()
    by = models.UUIDField()
    reason = models.CharField(max_length=1000)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sub_processor", "account"], name="objection_once")]

    def __str__(self) -> str:
        return str(self.public_id)


class HostingStatement(models.Model):
    """What is known of the data centre's certificate; the newest row counts, and only until it ends."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    provider = models.CharField(max_length=200)
    certificate = models.CharField(max_length=100)
    valid_until = models.DateField()
    link = models.URLField(max_length=500)
    stated_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.public_id)
