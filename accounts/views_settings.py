"""The settings of an account; templates/settings/_nav.html leads to their pages."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import AccountRequest, account_required
from accounts.forms import SettingsForm
from accounts.models import Role
from accounts.services import change_business

MANAGERS = {Role.OWNER, Role.ADMIN}


@never_cache
@require_safe
@account_required(role=Role.VIEWER)
def settings(request: AccountRequest) -> HttpResponse:
    if request.role in MANAGERS:
        return redirect("business")
    return render(request, "settings/index.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.ADMIN)
def business(request: AccountRequest) -> HttpResponse:
    form = SettingsForm.of(request.account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        change_business(account=request.account, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("business")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "settings/business.html", {"form": form}, status=status)
