"""The register of sub-processors for everybody, and the form by which an owner objects to a new one."""

import uuid
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import AccountRequest, account_required
from accounts.models import Role
from compliance import subprocessors
from compliance.forms import ObjectionForm
from compliance.models import SubProcessor


@login_not_required
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    today = timezone.now().date()
    context = {
        "entries": SubProcessor.objects.on(today),
        "announced": SubProcessor.objects.announced(today),
        "notice": subprocessors.NOTICE.days,
        "ask": settings.SUPPORT_EMAIL,
    }
    return render(request, "compliance/subprocessors.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.OWNER)
def object_to(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    entered = get_object_or_404(SubProcessor, public_id=public_id)
    form = ObjectionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            subprocessors.object_to(
                entered, account=request.account, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except subprocessors.RegisterError as error:
            form.add_error("reason", str(error))
        else:
            messages.success(request, "Your objection is noted. We write to you before the sub-processor begins.")
            return redirect("subprocessors")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "compliance/objection.html", {"entered": entered, "form": form}, status=status)
