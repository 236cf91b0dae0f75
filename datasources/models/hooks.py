"""Webhooks: the address at which a provider may say that something is new, and what it has said."""

from django.db import models
from django.utils import timezone

from putler.sealing import SealedField
from putler.tenancy import TenantForeignKey, TenantModel

from .grants import DataSource


class Hook(TenantModel):
    """Where a source's provider may ring. What it says changes no figure: it makes lists due.

    `digest`: of the random word in the address, which is found by it alone. Word and secret are sealed for this source.
    """

    source = TenantForeignKey(DataSource, related_name="hooks")
    digest = models.CharField(max_length=64)
    sealed_token = SealedField(purpose="hook token", row="source.public_id")
    # What the provider signs with; empty until it is known.
    sealed_secret = SealedField(purpose="hook secret", row="source.public_id", blank=True)
    heard_at = models.DateTimeField(null=True)  # when it last said something that was truly the provider's
    counted_from = models.DateTimeField(default=timezone.now)  # the minute in which deliveries are counted
    counted = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "source"], name="hook_of_source")]
        indexes = [models.Index(fields=["digest"], name="hook_by_digest")]

    def __str__(self) -> str:
        return f"hook of {self.source_id}"


class HookEvent(TenantModel):
    """An event that was heard, so that it counts once however often it is told; forgotten after ninety days."""

    source = TenantForeignKey(DataSource, related_name="hook_events")
    event_ref = models.CharField(max_length=200)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "source", "event_ref"], name="hook_event_once")]
        indexes = [models.Index(fields=["received_at"], name="hook_event_by_age")]

    def __str__(self) -> str:
        return self.event_ref
