"""Who was erased: what keeps imports from bringing somebody back."""

from typing import Final

from django.db import models

from putler.tenancy import TenantModel

VEIL: Final = "erased:"  # a digest stands behind it, where somebody's address or a provider's id stood before


class ErasedSubject(TenantModel):
    """Somebody who asked to be forgotten, by the keyed digest of an address or of a provider's id.

    Whatever is imported under it comes in without them.
    """

    digest = models.CharField(max_length=64)
    erased_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="erased_subject_once")]

    def __str__(self) -> str:
        return self.digest
