"""What staff do with accounts beyond what accounts itself offers: ask to be let in, and enter once they are."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.admin import AccountAdmin, deed
from accounts.models import Account
from accounts.staff import site
from compliance import staff_deeds

site.unregister(Account)


@admin.register(Account, site=site)
class AccountWithAccess(AccountAdmin):
    def get_urls(self) -> list[Any]:
        def entering(request: HttpRequest) -> HttpResponse:
            return staff_deeds.entering(request, self)

        return [
            path("access/", self.admin_site.admin_view(entering), name="accounts_account_entering"),
            deed(self, "ask_access", staff_deeds.ask_access),
            deed(self, "break_glass", staff_deeds.break_glass),
            *super().get_urls(),
        ]
