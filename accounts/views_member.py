"""A member's own settings: name, mails; and what becomes of the account's trial."""

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit
from accounts.access import AccountRequest, account_required
from accounts.audit import Verb
from accounts.models import Role
from accounts.team_forms import NotificationsForm, ProfileForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.VIEWER)
def profile(request: AccountRequest) -> HttpResponse:
    form = ProfileForm(request.POST if request.method == "POST" else None, initial={"name": request.user.name})
    if form.is_valid():
        request.user.name = form.cleaned_data["name"]
        request.user.save(update_fields=["name"])
        audit.record_of_person(request.user, Verb.NAME_CHANGED)
        messages.success(request, "Your name is changed.")
        return redirect("profile")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "settings/profile.html", {"form": form}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.VIEWER)
def notifications(request: AccountRequest) -> HttpResponse:
    """A box that is not ticked is not sent: any form is valid."""
    form = NotificationsForm(request.POST if request.method == "POST" else None, instance=request.membership)
    if form.is_valid():
        if request.role != Role.VIEWER:
            request.membership.save(update_fields=["wants_source_mail", "wants_team_mail"])
            fields = {"fields": form.changed_data}
            audit.record(Verb.SETTINGS_CHANGED, account_id=request.account.pk, subject=request.user, detail=fields)
        messages.success(request, "Your choice holds from now on.")
        return redirect("notifications")
    return render(request, "settings/notifications.html", {"form": form})


@never_cache
@require_safe
@account_required(role=Role.VIEWER)
def trial(request: AccountRequest) -> HttpResponse:
    context = {
        "is_paused": request.account.is_paused(now=timezone.now()),
        "extensions": request.account.trialextensions.order_by("-extended_at"),
        "days": settings.TRIAL_DAYS,
        "ask": settings.SUPPORT_EMAIL,
    }
    return render(request, "settings/trial.html", context)
