"""Exchange rates, the same for every account."""

from django.db import models


class Rate(models.Model):
    """How many units of a currency one euro bought on a day. Source: the ECB's reference rates."""

    currency = models.CharField(max_length=3)
    on = models.DateField()
    units_per_eur = models.DecimalField(max_digits=20, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "on"], name="rate_once_a_day"),
            models.CheckConstraint(condition=models.Q(units_per_eur__gt=0), name="rate_positive"),
        ]
        indexes = [models.Index(fields=["on"], name="rate_by_day")]

    def __str__(self) -> str:
        return f"{self.on} {self.currency} {self.units_per_eur}"
