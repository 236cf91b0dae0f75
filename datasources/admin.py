"""What staff see of sources: how their imports go."""

from django.contrib import admin

from accounts.staff import Shown, site
from datasources.models import ImportHealth


@admin.register(ImportHealth, site=site)
class ImportHealthAdmin(Shown):
    list_display = (
        "public_id",
        "account",
        "provider",
        "state",
        "error_class",
        "started_at",
        "rows_read",
        "rows_refused",
    )
    list_filter = ("state", "error_class")
    fields = (*list_display, "ended_at", "rows_new", "rows_changed")
    ordering = ("-started_at",)
