"""Where somebody is signed in, and signing out elsewhere."""

import uuid

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, sessions
from accounts.access import AccountRequest, person_required
from accounts.audit import Verb


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
    with transaction.atomic():
        row.delete()
        audit.record_of_person(request.user, Verb.SESSION_ENDED)
    messages.success(request, f"{row.browser} is signed out.")
    return redirect("sessions")


@never_cache
@require_POST
def end_others(request: AccountRequest) -> HttpResponse:
    with transaction.atomic():
        sessions.end_others(request)
        audit.record_of_person(request.user, Verb.OTHER_SESSIONS_ENDED)
    messages.success(request, "Every other browser is signed out.")
    return redirect("sessions")
