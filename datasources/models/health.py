"""What staff see of imports: how they go, and nothing of what they bring."""

from django.db import models


class ImportHealth(models.Model):
    """How the last stretch of reading a linked source went: ids, states and counts; a view (migration 0009).

    It is the one thing that shows sources of every account, so it has no word of a merchant or a provider in it.
    """

    public_id = models.UUIDField(primary_key=True)  # of the source
    account = models.UUIDField()
    provider = models.CharField(max_length=32)
    state = models.CharField(max_length=7)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    rows_read = models.IntegerField()
    rows_new = models.IntegerField()
    rows_changed = models.IntegerField()
    rows_refused = models.IntegerField()
    error_class = models.CharField(max_length=14)

    class Meta:
        managed = False
        db_table = "import_health"
        verbose_name_plural = "import health"

    def __str__(self) -> str:
        return str(self.public_id)
