"""How facts arrive: uploaded files, what was refused of them, and the hours whose figures must follow."""

from django.db import models
from django.utils import timezone

from putler.tenancy import PublicTenantModel, TenantForeignKey, TenantModel


class UploadState(models.TextChoices):
    CHECKING = "checking"
    WAITING = "waiting"  # lines were refused, a person decides
    IMPORTING = "importing"
    DONE = "done"
    DISCARDED = "discarded"
    DELETING = "deleting"
    FAILED = "failed"


class Upload(PublicTenantModel):
    """A file of transactions: read once to find its faults, then once more to import its good lines."""

    name = models.CharField(max_length=255)
    path = models.CharField(max_length=4096)
    preset = models.CharField(max_length=32)
    source_name = models.CharField(max_length=200, blank=True)  # overrides the file's own
    state = models.CharField(max_length=9, choices=UploadState.choices, default=UploadState.CHECKING)
    message = models.CharField(max_length=500, blank=True)
    rows_read = models.PositiveIntegerField(default=0)
    rows_good = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)
    rows_test = models.PositiveIntegerField(default=0)
    rows_imported = models.PositiveIntegerField(default=0)
    rows_new = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    uploaded_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)  # how often the sweep had to ring
    touched_at = models.DateTimeField(default=timezone.now)  # when its job last got on; the sweep rings for idle ones

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="upload_public_id"),
            models.CheckConstraint(condition=models.Q(state__in=UploadState.values), name="upload_state"),
        ]

    def __str__(self) -> str:
        return self.name


class RefusedRecord(TenantModel):
    """A line that was not imported, and why; its content is not kept."""

    upload = TenantForeignKey(Upload, related_name="refused_records")
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=500)

    class Meta:
        indexes = [models.Index(fields=["account", "upload", "line"], name="refused_by_upload")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class ChangedHour(TenantModel):
    """A UTC hour whose bookings changed after the rollups last read it.

    There is no unique key on purpose: a drain deletes the rows it has seen, never one that an unfinished import waits
    to commit. An hour, not a day, is true in every time zone.
    """

    hour = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%dT%HZ}"
