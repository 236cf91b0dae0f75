"""What staff see of accounts: people, accounts and their own log."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django_otp import user_has_device

from accounts import staff_deeds
from accounts.models import Account, AuditEvent, User
from accounts.staff import Shown, site


def deed(owner: Shown, name: str, do: Callable[..., HttpResponse]) -> URLPattern:
    """The address of what staff do with a row that they see."""

    def view(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
        return do(request, owner, owner.get_object(request, str(public_id)))

    model = f"{owner.opts.app_label}_{owner.opts.model_name}"
    return path(f"<uuid:public_id>/{name}/", owner.admin_site.admin_view(view), name=f"{model}_{name}")


@admin.register(User, site=site)
class UserAdmin(Shown):
    list_display = ("email", "name", "is_staff", "is_active", "last_day", "has_second_factor")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_staff", "joined_at", "last_day", "has_second_factor")
    changeable = ("is_active",)
    ordering = ("email",)

    def get_urls(self) -> list[Any]:
        return [deed(self, "reset_second_factor", staff_deeds.reset_second_factor), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request)
        return users.only("pk", "public_id", "last_login", *self.columns)

    @admin.display(description="last sign-in", empty_value="never")
    def last_day(self, user: User) -> str | None:
        return f"{user.last_login:%-d %b %Y}" if user.last_login else None

    @admin.display(description="second factor", boolean=True)
    def has_second_factor(self, user: User) -> bool:
        return bool(user_has_device(user))


@admin.register(Account, site=site)
class AccountAdmin(Shown):
    list_display = ("name", "public_id", "created_at", "trial_ends_at", "members")
    search_fields = ("name",)
    fields = ("name", "public_id", "created_at", "trial_ends_at", "members")
    ordering = ("-created_at",)

    def get_urls(self) -> list[Any]:
        return [deed(self, "extend_trial", staff_deeds.extend_trial), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        accounts: QuerySet[Account] = super().get_queryset(request)
        return accounts.annotate(member_count=Count("memberships", filter=Q(memberships__expires_at=None)))

    @admin.display(ordering="member_count")
    def members(self, account: Any) -> int:
        return int(account.member_count)


@admin.register(AuditEvent, site=site)
class AuditEventAdmin(Shown):
    """The staff's own log; those of accounts are their owners'."""

    list_display = ("seq", "at", "actor", "verb", "subject", "detail")
    list_filter = ("verb",)
    fields = ("seq", "at", "actor", "verb", "subject", "detail", "hash")
    ordering = ("-seq",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        events: QuerySet[AuditEvent] = super().get_queryset(request)
        return events.filter(account=None)
