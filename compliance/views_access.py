"""The owner's pages about staff: who may look at the account, and everything that was looked at."""

import uuid
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from accounts.access import AccountRequest, View, account_required
from accounts.audit import Verb
from accounts.models import Role
from accounts.sudo import sudo_required
from compliance import access_log, staff_access
from compliance.forms_access import OpeningForm, PositionForm, TermsForm
from compliance.models import BreakGlass, StaffAccessGrant

SHOWN: Final = 50  # of those that have ended
FILES: Final[dict[str, tuple[Callable[..., str], str]]] = {
    "csv": (access_log.as_csv, "text/csv; charset=utf-8"),
    "json": (access_log.as_json, "application/json"),
}


def deed(view: View) -> Callable[..., HttpResponse]:
    """The gate of whatever an owner decides about staff: by POST, with fresh proof; what cannot be done is said."""

    @wraps(view)
    def telling(request: AccountRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except staff_access.AccessRefused as error:
            messages.warning(request, str(error))
            return redirect("access")

    proved = sudo_required(back="access")(telling)
    return never_cache(require_POST(account_required(role=Role.OWNER)(proved)))


@never_cache
@require_safe
@account_required(role=Role.OWNER)
def access(request: AccountRequest) -> HttpResponse:
    return _page(request, OpeningForm())


@deed
def open_access(request: AccountRequest) -> HttpResponse:
    form = OpeningForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    staff_access.open_unasked(
        request.account, staff=form.staff, terms=form.terms(), by=request.membership, now=timezone.now()
    )
    messages.success(request, f"{form.staff.email} may look at it now, and change nothing.")
    return redirect("access")


@deed
def decide_access(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    grant = _grant(request, public_id)
    if request.POST.get("decision") == "decline":
        staff_access.decline(grant, by=request.membership, now=timezone.now())
        messages.success(request, "Declined. Nobody was let in.")
        return redirect("access")
    form = TermsForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    staff_access.approve(grant, terms=form.terms(), by=request.membership, now=timezone.now())
    messages.success(request, f"{grant.staff.email} may look at it now, and change nothing.")
    return redirect("access")


@deed
def revoke_access(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    staff_access.revoke(_grant(request, public_id), by=request.membership, now=timezone.now())
    messages.success(request, "Ended. With the next click nothing is to be seen any more.")
    return redirect("access")


@never_cache
@require_safe
@account_required(role=Role.OWNER)
def log(request: AccountRequest) -> HttpResponse:
    form = PositionForm(request.GET)
    after = form.cleaned_data.get("after") if form.is_valid() else None
    found = access_log.listing(request.account, after=after)
    return render(request, "settings/access_log.html", {"most": f"{access_log.MOST:,}"} | found)


@never_cache
@require_POST
@account_required(role=Role.OWNER)
@sudo_required(back="access_log")
def export_log(request: AccountRequest) -> HttpResponse:
    chosen = request.POST.get("format", "")
    name = chosen if chosen in FILES else "csv"
    written, content_type = FILES[name]
    found = access_log.lines_of(request.account)[: access_log.MOST]
    response = HttpResponse(written(request.account, found), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="access-log-{timezone.now():%Y-%m-%d}.{name}"'
    audit.record(Verb.ACCESS_LOG_EXPORTED, account_id=request.account.pk, detail={"format": name})
    return response


def _page(request: AccountRequest, form: OpeningForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
    """Who waits, who may look now, and who could."""
    now, account = timezone.now(), request.account
    grants = list(account.staffaccessgrants.prefetch_related("staff", "granted_by").order_by("-asked_at", "-pk"))
    glasses = BreakGlass.objects.filter(account=account).exclude(starts_at=None)
    glasses = glasses.prefetch_related("requested_by", "approved_by").order_by("-starts_at")
    waiting = [one for one in grants if one.is_waiting(now=now)]
    live = [one for one in grants if one.is_open(now=now)]
    context = {
        "form": form,
        "waiting": [(one, TermsForm(initial={"scope": one.scope, "lasts": "24"})) for one in waiting],
        "live": live,
        "glasses": [(one, one.is_open(now=now)) for one in glasses],
        "ended": [one for one in grants if one not in waiting and one not in live][:SHOWN],
    }
    return render(request, "settings/access.html", context, status=status)


def _grant(request: AccountRequest, public_id: uuid.UUID) -> StaffAccessGrant:
    return get_object_or_404(request.account.staffaccessgrants.select_related("staff"), public_id=public_id)
