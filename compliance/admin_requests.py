"""What staff see of erasures, and how they enter one that came by mail."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.staff import Shown, site
from compliance import staff_requests
from compliance.models import ErasureRequest


@admin.register(ErasureRequest, site=site)
class ErasureRequestAdmin(Shown):
    """Ids, states and counts; nobody's name."""

    list_display = ("public_id", "kind", "asked_at", "due_at", "done_at", "cancelled_at")
    list_filter = ("kind",)
    fields = (
        "public_id", "kind", "account", "asked_by", "verified_how", "asked_at", "due_at", "started_at", "done_at",
        "cancelled_at", "digest",
    )  # fmt: skip
    ordering = ("-asked_at",)

    def get_urls(self) -> list[Any]:
        def enter(request: HttpRequest) -> HttpResponse:
            return staff_requests.enter(request, self)

        name = "compliance_erasurerequest_enter"
        return [path("enter/", self.admin_site.admin_view(enter), name=name), *super().get_urls()]
