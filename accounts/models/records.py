"""What was done, and what waits to be sent."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils import timezone

from accounts.models.tenants import Account
from putler.sealing import SealedField


class AuditEvent(models.Model):
    """What somebody did, in the log of an account or, without one, of the staff. `accounts.audit` alone writes it.

    PostgreSQL numbers, dates and chains the events of a log, and lets nobody change or delete one: see migration 0003.
    """

    account = models.ForeignKey(
        Account, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="audit_events"
    )
    public_id = models.UUIDField(db_default=RandomUUID(), editable=False)
    seq = models.BigIntegerField()  # 1, 2, 3 … within the log
    at = models.DateTimeField()
    actor = models.CharField(max_length=41)  # user:<public id>, site, nobody
    verb = models.CharField(max_length=40)  # an accounts.audit.Verb; a log outlives the words of its day
    subject = models.CharField(max_length=100, blank=True)  # <kind>:<public id>
    detail = models.JSONField(default=dict)  # ids and names of fields, never what people typed
    hash = models.CharField(max_length=64)  # of this event and the hash before it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "seq"], nulls_distinct=False, name="audit_event_seq"),
            models.UniqueConstraint(fields=["account", "public_id"], name="audit_event_public_id"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class OutgoingMail(models.Model):
    """A mail that waits to be sent: sealed, and gone once a server took it."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    sealed = SealedField(purpose="mail", owner="")
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.public_id)
