"""How facts arrive: uploaded files, what was refused of them, and the hours whose figures must follow."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from putler.tenancy import PublicTenantModel, TenantForeignKey, TenantModel

from .grants import DataSource


class UploadState(models.TextChoices):
    CHECKING = "checking"
    ASKING = "asking"  # a person says what the columns mean
    WAITING = "waiting"  # a person decides what is imported
    IMPORTING = "importing"
    DONE = "done"
    DISCARDED = "discarded"
    DELETING = "deleting"
    FAILED = "failed"


class Upload(PublicTenantModel):
    """A file of transactions: read once to find its faults, then once more to import its good lines."""

    name = models.CharField(max_length=255)
    path = models.CharField(max_length=4096)
    preset = models.CharField(max_length=32, blank=True)  # empty until the file is recognised
    sha256 = models.CharField(max_length=64, blank=True)
    header_digest = models.CharField(max_length=64, blank=True)  # what was said of the columns is remembered by it
    reading = models.JSONField(null=True)  # how a file that others wrote is stored, and what its columns mean
    findings = models.JSONField(null=True)  # what the check found: sums, span, what is new
    source_name = models.CharField(max_length=200, blank=True)  # overrides the file's own
    sources = ArrayField(models.BigIntegerField(), null=True)  # ids of those that its lines name, once they are in
    state = models.CharField(max_length=9, choices=UploadState.choices, default=UploadState.CHECKING)
    message = models.CharField(max_length=500, blank=True)
    rows_read = models.PositiveIntegerField(default=0)
    rows_good = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)
    rows_test = models.PositiveIntegerField(default=0)
    rows_imported = models.PositiveIntegerField(default=0)
    rows_new = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)  # movements that are posted; a killed import goes on behind them
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

    @classmethod
    def in_view(cls, sources: Collection[int]) -> models.Q:
        """Files that tell of these sources and of no other: their sums are of all their lines."""
        return models.Q(sources__contained_by=list(sources), sources__len__gt=0)

    @property
    def is_stopped(self) -> bool:
        """Whether it failed in the middle of its import: a part of it is in, and it can go on behind that."""
        return self.state == UploadState.FAILED and self.position > 0


class WindowKind(models.TextChoices):
    HEAD = "head"  # what is new
    HISTORY = "history"  # what lies before all that was read
    WARM = "warm"  # what may have changed in the last days
    REREAD = "reread"  # all that may have changed since
    AGAIN = "again"  # a span that somebody wants read again


class StreamState(TenantModel):
    """How far one list of a source is read: all that was created in [tail_at, head_at).

    A window in progress has its span and the position to go on from. A job claims the row with a lease and raises
    `claim`; what it read commits only while the claim is still its own.
    """

    source = TenantForeignKey(DataSource, related_name="streams")
    stream = models.CharField(max_length=32)
    number = models.PositiveSmallIntegerField()  # in the connector's order
    floor_at = models.DateTimeField()  # how far back it may go
    tail_at = models.DateTimeField(null=True)
    head_at = models.DateTimeField(null=True)
    reread_at = models.DateTimeField(null=True)
    again_from = models.DateTimeField(null=True)  # what is left of a span that somebody wants read again
    again_to = models.DateTimeField(null=True)
    is_aside = models.BooleanField(default=False)  # no figure is made of this list, so none waits for its history
    warm_at = models.DateTimeField(null=True)
    nudged_at = models.DateTimeField(null=True)  # when a webhook last said that there is something new
    window_kind = models.CharField(max_length=7, choices=WindowKind.choices, null=True)
    window_from = models.DateTimeField(null=True)
    window_to = models.DateTimeField(null=True)
    position = models.CharField(max_length=200, blank=True)
    window_rows = models.PositiveIntegerField(default=0)  # read so far in the window, or in the last one
    is_unfiltered = models.BooleanField(default=False)  # the server refuses to cut this list: it is read whole
    is_refused = models.BooleanField(default=False)  # the server refuses this list altogether, or our right to it
    due_at = models.DateTimeField(null=True)  # when the sweep rings; None: never
    lease_until = models.DateTimeField(null=True)
    claim = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "source", "stream"], name="stream_state_of_source"),
            models.CheckConstraint(
                condition=models.Q(window_kind__in=WindowKind.values) | models.Q(window_kind=None), name="stream_window"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="stream_state_by_due", condition=models.Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return self.stream

    @property
    def is_complete(self) -> bool:
        """Whether all of its history is read."""
        return self.tail_at is not None and self.tail_at <= self.floor_at


class Coverage(NamedTuple):
    """Of which span a source is completely read: [since, until).

    `since` is None while not even the newest pages are there. `is_whole`: nothing older is to come.
    """

    since: datetime | None
    until: datetime | None
    is_whole: bool


def coverage(states: Iterable[StreamState]) -> Coverage:
    """What is completely read of a source, by its lists, without those that are refused or aside."""
    states = list(states)
    told = [state for state in states if not state.is_refused and not state.is_aside]
    tails = [state.tail_at for state in told if not state.is_complete]
    heads = [state.head_at for state in told if state.head_at]
    since = None if None in tails else max((tail for tail in tails if tail), default=None)
    return Coverage(since, min(heads, default=None), is_whole=bool(states) and not tails)


class RunState(models.TextChoices):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"  # by the merchant, who paused or unlinked the source


class ImportRun(TenantModel):
    """One stretch of reading a source, from the first page until everything is read."""

    source = TenantForeignKey(DataSource, related_name="runs")
    state = models.CharField(max_length=7, choices=RunState.choices, default=RunState.RUNNING)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    rows_read = models.PositiveIntegerField(default=0)
    rows_new = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)
    rows_test = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=RunState.values), name="import_run_state"),
            models.UniqueConstraint(
                fields=["account", "source"], condition=models.Q(state="running"), name="import_run_at_once"
            ),
        ]
        indexes = [models.Index(fields=["account", "source", "started_at"], name="import_run_by_source")]

    def __str__(self) -> str:
        return f"{self.state} since {self.started_at:%Y-%m-%d}"


class RefusedRecord(TenantModel):
    """A line of a file, or a provider's record, that was not imported, and why; its content is not kept."""

    upload = TenantForeignKey(Upload, null=True, related_name="refused_records")
    line = models.PositiveIntegerField(null=True)
    source = TenantForeignKey(DataSource, null=True, related_name="refused_records")
    stream = models.CharField(max_length=32, blank=True)
    ref = models.CharField(max_length=200, blank=True)  # the record's id at the provider
    reason = models.CharField(max_length=500)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["account", "upload", "line"], name="refused_by_upload"),
            models.Index(fields=["account", "source", "seen_at"], name="refused_by_source"),
        ]

    def __str__(self) -> str:
        return f"{self.ref or self.line}: {self.reason}"

    @classmethod
    def in_view(cls, sources: Collection[int]) -> models.Q:
        """What was refused of these sources, and of files that tell of no other."""
        of_file = models.Q(upload__sources__contained_by=list(sources), upload__sources__len__gt=0)
        return models.Q(source__in=sources) | of_file


class ChangedHour(TenantModel):
    """A UTC hour whose bookings changed after the rollups last read it.

    There is no unique key on purpose: a drain deletes the rows it has seen, never one that an unfinished import waits
    to commit. An hour, not a day, is true in every time zone.
    """

    hour = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%dT%HZ}"

    @classmethod
    def in_view(cls, sources: Collection[int]) -> models.Q:
        """All of them: an hour names no source, and figures that lag behind must be marked for everybody."""
        return models.Q()
