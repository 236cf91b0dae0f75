"""Accounts that are about to end by themselves."""

from django.db import models


class Ending(models.Model):
    """That an account will be closed, and how far its owners were warned. `account`: its public id."""

    class Why(models.TextChoices):
        TRIAL = "trial", "its trial ended ninety days before"
        UNUSED = "unused", "nobody has signed in for two years"

    account = models.UUIDField()
    why = models.CharField(max_length=6, choices=Why.choices)
    ends_at = models.DateTimeField()
    warned_days = models.PositiveSmallIntegerField(null=True)  # before the end, of the newest warning

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "why"], name="ending_once")]

    def __str__(self) -> str:
        return f"{self.account} {self.why}"

    @property
    def words(self) -> str:
        """Why, as a letter says it."""
        return self.Why(self.why).label
