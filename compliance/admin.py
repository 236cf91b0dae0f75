"""What staff see and keep of agreements, sub-processors and the data centre."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from accounts.admin import deed
from accounts.staff import Shown, site
from compliance import staff_pages, subprocessors
from compliance.models import DpaRequest, DpaTemplate, HostingStatement, Objection, SubProcessor


def entry(owner: Shown, show: Callable[..., HttpResponse]) -> URLPattern:
    """The address at which staff enter a new row."""

    def view(request: HttpRequest) -> HttpResponse:
        return show(request, owner)

    model = f"{owner.opts.app_label}_{owner.opts.model_name}"
    return path("enter/", owner.admin_site.admin_view(view), name=f"{model}_enter")


@admin.register(DpaTemplate, site=site)
class DpaTemplateAdmin(Shown):
    """The texts; staff note which lawyer approved one."""

    list_display = ("version", "law", "approved_by")
    fields = ("version", "law", "approved_by")
    changeable = ("approved_by",)
    ordering = ("-pk",)


@admin.register(DpaRequest, site=site)
class DpaRequestAdmin(Shown):
    list_display = ("company", "country", "state", "asked_at", "changed_at")
    list_filter = ("state",)
    fields = (
        "company", "address", "register_number", "country", "capacity", "signatory", "title", "mail", "law", "state",
        "asked_at", "changed_at",
    )  # fmt: skip
    ordering = ("-changed_at",)

    def get_urls(self) -> list[Any]:
        pages = [deed(self, "review", staff_pages.review), deed(self, "document", staff_pages.document)]
        return [entry(self, staff_pages.enter_request), *pages, *super().get_urls()]


@admin.register(SubProcessor, site=site)
class SubProcessorAdmin(Shown):
    """The register; an entry is made, and told to owners, on a page of its own."""

    list_display = ("name", "purpose", "country", "since", "announced_at", "ended_on")
    fields = (
        "name", "purpose", "data_types", "country", "transfer_basis", "hosts", "agreement_on", "since", "announced_at",
        "ended_on",
    )  # fmt: skip
    changeable = ("agreement_on", "ended_on")
    ordering = ("name",)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Say which hosts are asked and stand in no entry."""
        for host in sorted(subprocessors.undeclared(timezone.now())):
            messages.warning(request, f"{host} is asked by this site and stands in no entry.")
        return super().changelist_view(request, extra_context)

    def get_urls(self) -> list[Any]:
        return [entry(self, staff_pages.enter_sub_processor), *super().get_urls()]


@admin.register(Objection, site=site)
class ObjectionAdmin(Shown):
    list_display = ("sub_processor", "account", "made_at")
    fields = ("sub_processor", "account", "by", "reason", "made_at")
    ordering = ("-made_at",)


@admin.register(HostingStatement, site=site)
class HostingStatementAdmin(Shown):
    """Certificates; the newest counts."""

    list_display = ("provider", "certificate", "valid_until", "stated_at")
    fields = ("provider", "certificate", "valid_until", "link", "stated_at")
    ordering = ("-stated_at",)

    def get_urls(self) -> list[Any]:
        return [entry(self, staff_pages.enter_statement), *super().get_urls()]
