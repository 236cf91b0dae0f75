"""Where somebody is signed in, and signing out elsewhere."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import sessions
from accounts.access import AccountRequest, person_required


@never_cache
@require_safe
@person_required
def listed(request: AccountRequest) -> HttpResponse:
    own = sessions.digest(request.session.session_key or "")
    found = sessions.of_user(request.user, now=timezone.now())
    context = {
        "here": next((row for row in found if row.session_key == own), None),
        "others": [row for row in found if row.session_key != own],
    }
    return render(request, "settings/sessions.html", context)


@never_cache
@require_POST
def end(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    found = sessions.of_user(request.user, now=timezone.now())
    row = next((row for row in found if row.public_id == public_id), None)
    if row is None:
        raise Http404
    row.delete()
    messages.success(request, f"{row.browser} is signed out.")
    return redirect("sessions")


@never_cache
@require_POST
def end_others(request: AccountRequest) -> HttpResponse:
    sessions.end_others(request)
    messages.success(request, "Every other browser is signed out.")
    return redirect("sessions")
