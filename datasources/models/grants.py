"""The places that facts come from."""

from collections.abc import Collection

from django.db import models
from django.utils import timezone

from putler.sealing import SealedField
from putler.tenancy import PublicTenantModel, TenantForeignKey, TenantModel

FILES = "csv"  # the provider of sources that files name


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
    external_account = models.CharField(max_length=200, null=True, blank=True)  # the provider's name of the merchant
    is_test = models.BooleanField(default=False)  # a provider's test mode or our sandbox: marked wherever it counts
    attention = models.CharField(max_length=500, blank=True)  # what the merchant must do before it is read again
    connected_at = models.DateTimeField(default=timezone.now)
    paused_at = models.DateTimeField(null=True, blank=True)  # nothing is read while it is set
    unlinked_at = models.DateTimeField(null=True, blank=True)  # from then on in no figure and no list
    purge_after = models.DateTimeField(null=True, blank=True)  # an unlinked source may come back until then
    purging_at = models.DateTimeField(null=True, blank=True)  # since when its rows are being deleted: no way back
    paced_until = models.DateTimeField(null=True, blank=True)  # so much of the provider's pace is used up by all lists
    is_arriving = models.BooleanField(default=False)  # its first file is not imported to the end: in no figure yet
    row_count = models.PositiveBigIntegerField(default=0)  # of its rows in the ledger, which are too many to count anew
    first_at = models.DateTimeField(null=True, blank=True)  # of the rows that were ever there, the first and the last
    last_at = models.DateTimeField(null=True, blank=True)

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

    @classmethod
    def in_view(cls, sources: Collection[int]) -> models.Q:
        """These sources."""
        return models.Q(pk__in=sources)

    @property
    def is_connected(self) -> bool:
        """Whether a provider is read for it, rather than files."""
        return self.provider != FILES


class Credential(TenantModel):
    """What lets us read a source: sealed for that source alone, gone when it is unlinked."""

    source = TenantForeignKey(DataSource, related_name="credentials")
    sealed = SealedField(purpose="credential", row="source.public_id")
    scopes = models.CharField(max_length=500, blank=True)
    ending = models.CharField(max_length=4, blank=True)  # the last signs of a key that a person entered
    sealed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "source"], name="credential_of_source")]

    def __str__(self) -> str:
        return f"credential of {self.source_id}"


class OAuthState(TenantModel):
    """A consent that was asked for and not yet given: good once, for one person, session and provider."""

    digest = models.CharField(max_length=64)
    user = models.ForeignKey("accounts.User", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    session_digest = models.CharField(max_length=64)
    provider = models.CharField(max_length=32)
    redirect_uri = models.CharField(max_length=500)
    source = TenantForeignKey(DataSource, null=True, related_name="+")  # to connect again; None: a new one
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="oauth_state_digest")]

    def __str__(self) -> str:
        return f"consent at {self.provider}"


class Revocation(PublicTenantModel):
    """Access to be given back at the provider: the sealed secret is gone once it is, or a day after it was due."""

    provider = models.CharField(max_length=32)
    external_account = models.CharField(max_length=200, null=True)
    sealed = SealedField(purpose="revocation")
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_index=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"access at {self.provider}"
