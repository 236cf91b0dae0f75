"""The places that facts come from."""

from django.db import models
from django.utils import timezone

from putler.tenancy import PublicTenantModel


class SourceKind(models.TextChoices):
    GATEWAY = "gateway"
    STORE = "store"
    FILE = "file"


class DataSource(PublicTenantModel):
    """One place where money moves; every row of the ledger hangs on one and dies with it."""

    account = models.ForeignKey("accounts.Account", models.DO_NOTHING, db_index=False, related_name="sources")
    provider = models.CharField(max_length=32)
    kind = models.CharField(max_length=8, choices=SourceKind.choices)
    name = models.CharField(max_length=200)
    connected_at = models.DateTimeField(default=timezone.now)
    unlinked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="source_public_id"),
            models.UniqueConstraint(
                fields=["account", "name"], condition=models.Q(unlinked_at=None), name="source_name_while_linked"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=SourceKind.values), name="source_kind"),
        ]

    def __str__(self) -> str:
        return self.name
