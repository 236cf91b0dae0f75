"""What people ask for: to be erased, or to have their data; and what was erased, which no backup may bring back."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Final, Self

from django.db import models
from django.utils import timezone

from accounts.models import User

BACKUPS_LAPSE: Final = timedelta(days=30)
DOWNLOADS: Final = 3


class ErasureQuerySet(models.QuerySet["ErasureRequest"]):
    def open(self) -> Self:
        """Those that are neither done nor taken back."""
        return self.filter(done_at=None, cancelled_at=None)

    def due(self, *, now: datetime) -> Self:
        """Those whose work may begin, or was begun."""
        return self.open().filter(due_at__lte=now)


class ErasureRequest(models.Model):
    """That something is to be erased, and what came of it: all that a certificate says. It names nobody.

    `account`, `target`: public ids, of things that may be gone. `subject`: the keyed digest of whom it is about, salted
    with the request's own id. `due_at`: when work begins; none until somebody proved that they may ask.
    `before`, `after`: {place: how much lay there}.
    """

    class Kind(models.TextChoices):
        USER = "user", "A member’s own data"
        ACCOUNT = "account", "An account"
        SUBJECT = "subject", "A customer"
        SOURCE_NOW = "source", "A source"

    class Proof(models.TextChoices):
        PASSWORD = "password", "signed in, with the password shown within ten minutes"  # noqa: S105  none
        SECOND_FACTOR = "factor", "signed in, with the password and a second factor shown within ten minutes"
        WAITED = "waited", "72 hours’ notice to the address on file, without an objection"
        PROVIDER = "provider", "an order of the provider, signed by it"
        RESTORE = "restore", "erased before; a restored backup had brought it back"
        ENDED = "ended", "three warnings to its owners, and nobody objected"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    account = models.UUIDField(null=True, db_index=True)
    target = models.UUIDField(null=True)
    subject = models.CharField(max_length=64, blank=True)
    asked_by = models.CharField(max_length=42)  # user:<public id>, staff:<public id>, site, provider
    verified_how = models.CharField(max_length=8, choices=Proof.choices, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True, db_index=True)
    started_at = models.DateTimeField(null=True)
    touched_at = models.DateTimeField(null=True)  # by a job, lately
    done_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the certificate

    objects: ClassVar[models.Manager["ErasureRequest"]] = ErasureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["user", "account", "subject", "source"]), name="erasure_request_kind"
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was left anywhere."""
        return self.after is not None and not any(self.after.values())

    @property
    def lines(self) -> list[tuple[str, int, int | None]]:
        """Each place with how much lay there before and after, the fullest first."""
        fullest = sorted((self.before or {}).items(), key=lambda one: (-one[1], one[0]))
        return [(name, count, (self.after or {}).get(name)) for name, count in fullest]

    @property
    def backups_lapse_at(self) -> datetime | None:
        """When the last backup that still holds it is gone."""
        return self.done_at and self.done_at + BACKUPS_LAPSE


class ExportRequest(models.Model):
    """A file with somebody's data: made by a job, there for 72 hours and three downloads, for who asked alone.

    `account`, `target`: public ids. `rows`: how many are written.
    """

    class Kind(models.TextChoices):
        USER = "user", "Your own data"
        ACCOUNT = "account", "The whole account"
        CUSTOMER = "customer", "One customer"

    class State(models.TextChoices):
        WAITING = "waiting"
        MAKING = "making"
        READY = "ready"
        FAILED = "failed"
        GONE = "gone"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    account = models.UUIDField(null=True, db_index=True)
    target = models.UUIDField(null=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="export_requests")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    path = models.CharField(max_length=500, blank=True)
    size = models.BigIntegerField(default=0)  # bytes
    rows = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    downloads = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)  # jobs that began it

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["user", "account", "customer"]), name="export_request_kind"
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def downloads_left(self) -> int:
        """How often it may still be fetched."""
        return max(0, DOWNLOADS - self.downloads)


class JournalEntry(models.Model):
    """That something was erased for good: public ids and digests alone. Only ever appended, also to a file."""

    class Kind(models.TextChoices):
        ACCOUNT = "account"
        USER = "user"
        SOURCE = "source"
        FILE = "file"
        CUSTOMER = "customer"
        DIGEST = "digest"  # of an address or a provider's id that is shut out

    kind = models.CharField(max_length=8, choices=Kind.choices)
    account = models.UUIDField(null=True)
    subject = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "account", "subject"], nulls_distinct=False, name="erasure_journal_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
