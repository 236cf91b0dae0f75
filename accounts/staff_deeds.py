"""What staff do on a page of their site: let a trial run longer, and give a colleague a new second factor."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts import staff_devices, trials
from accounts.models import Account, DeviceReset, User
from accounts.sudo import sudo_required

REASON_ERRORS = {"required": "Say why.", "max_length": "Say it in at most 500 characters."}


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(max_length=500, error_messages=REASON_ERRORS)


class ExtensionForm(ReasonForm):
    """By how many days a trial is extended, and why."""

    field_order = ("days", "reason")
    days = forms.IntegerField(
        min_value=1,
        max_value=trials.LONGEST,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), f"Type a number of days from 1 to {trials.LONGEST}."
        ),
    )


@sudo_required()
def extend_trial(request: HttpRequest, admin: "ModelAdmin[Account]", account: Account | None) -> HttpResponse:
    """The page with the form, and what it does: noted in the account's log and in the staff's."""
    if account is None or account.trial_ends_at is None:
        raise Http404
    form = ExtensionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        by = str(request.user.public_id)  # type: ignore[union-attr]
        with transaction.atomic():
            ends_at = trials.extend_trial(account, **form.cleaned_data, by=by, now=timezone.now())
            admin.log_change(request, account, [{"changed": {"fields": ["trial_ends_at"]}}])
        messages.success(request, f"The trial runs until {ends_at:%-d %B %Y, %H:%M} UTC. Its owners are told by mail.")
        return redirect("admin:accounts_account_change", account.public_id)
    return _page(request, admin, "extend_trial", account, form=form)


@sudo_required()
def reset_second_factor(request: HttpRequest, admin: "ModelAdmin[User]", user: User | None) -> HttpResponse:
    """The page where one colleague asks for a reset and two others approve it."""
    if user is None or not user.is_staff:
        raise Http404
    now, by = timezone.now(), _person(request)
    waiting = DeviceReset.objects.filter(user=user, done_at=None, expires_at__gt=now).order_by("-asked_at").first()
    form = ReasonForm(request.POST if request.method == "POST" and waiting is None else None)
    if request.method == "POST" and (waiting or form.is_valid()):
        try:
            messages.success(request, _ask_or_approve(request, user, waiting, by=by))
        except staff_devices.ResetRefused as error:
            messages.error(request, str(error))
        return redirect("admin:accounts_user_reset_second_factor", user.public_id)
    context = {
        "waiting": waiting,
        "approvals": waiting.approvals.count() if waiting else 0,
        "needed": staff_devices.APPROVALS,
        "may_ask": by.pk != user.pk,
        "may_approve": waiting and by.pk not in {user.pk, waiting.asked_by_id},
    }
    return _page(request, admin, "reset_second_factor", user, form=form, **context)


def _ask_or_approve(request: HttpRequest, user: User, waiting: DeviceReset | None, *, by: User) -> str:
    """Do what the form says; a form that is late approves nothing but what its page showed."""
    now = timezone.now()
    if waiting is None:
        staff_devices.ask_for_reset(user=user, by=by, reason=request.POST["reason"], now=now)
        return "The reset waits for two colleagues to approve it, until this time tomorrow."
    if request.POST.get("approves") != str(waiting.public_id):
        raise staff_devices.ResetRefused("Somebody asked for a reset meanwhile. Look at it first.")
    if staff_devices.approve_reset(waiting, by=by, now=now):
        return "The second factor is reset, and every session ended."
    return "You approved it. One more colleague has to."


def _person(request: HttpRequest) -> User:
    """Who asks, out of the request's proxy."""
    return User.objects.get(public_id=request.user.public_id)  # type: ignore[union-attr]


def _page(request: HttpRequest, admin: Any, name: str, subject: Any, *, form: forms.Form, **more: Any) -> HttpResponse:
    context = admin.admin_site.each_context(request) | {"subject": subject, "form": form, "opts": admin.opts} | more
    return render(request, f"admin/{name}.html", context, status=422 if form.errors else 200)
