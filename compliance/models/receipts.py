"""What is kept when nothing else is: the proof that something was deleted."""

import hashlib
import json

from django.db import models

from putler.tenancy import PublicTenantModel


class PurgeReceipt(PublicTenantModel):
    """That everything of a source, or all that a file brought, was deleted. It holds no data of theirs, only counts.

    `before`, `after`: {store: how much lay there}. `digest`: of all that the receipt says, once the deletion has ended.
    """

    class What(models.TextChoices):
        SOURCE = "source"
        FILE = "file"

    what = models.CharField(max_length=6, choices=What.choices)
    subject = models.UUIDField()  # its public id, which nothing else has any more
    provider = models.CharField(max_length=32)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    before = models.JSONField()
    after = models.JSONField(null=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="purge_receipt_public_id"),
            models.UniqueConstraint(fields=["account", "subject"], name="purge_receipt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.subject}"

    @property
    def computed_digest(self) -> str:
        """SHA-256 over what it says, in the order of these names."""
        names = ("public_id", "what", "subject", "provider", "asked_at", "started_at", "ended_at", "before", "after")
        said = [str(self.account_id), *(_plain(getattr(self, name)) for name in names)]
        return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    @property
    def is_clean(self) -> bool:
        """Whether nothing was left anywhere."""
        return bool(self.after is not None and not any(self.after.values()))

    @property
    def lines(self) -> list[tuple[str, int, int | None]]:
        """Each store with how much lay there before and after, the fullest first."""
        fullest = sorted(self.before.items(), key=lambda one: (-one[1], one[0]))
        return [(name, count, (self.after or {}).get(name)) for name, count in fullest]


def _plain(value: object) -> object:
    return value if isinstance(value, dict | None) else str(value)
