"""The page of an account's audit log, and its file."""

from collections.abc import Callable
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from accounts.access import AccountRequest, account_required
from accounts.audit_log import MOST, LogForm, as_csv, as_json, listing
from accounts.models import Role
from accounts.sudo import sudo_required

FILES: Final[dict[str, tuple[Callable[..., str], str]]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "json": (as_json, "application/json"),
}


@never_cache
@require_safe
@account_required(role=Role.OWNER)
def audit_log(request: AccountRequest) -> HttpResponse:
    form = LogForm(request.GET, account=request.account)
    return render(request, "settings/audit.html", {"form": form, "most": f"{MOST:,}"} | listing(form))


@never_cache
@require_POST
@account_required(role=Role.OWNER)
@sudo_required(back="audit_log")
def export_audit_log(request: AccountRequest) -> HttpResponse:
    form = LogForm(request.POST, account=request.account)
    chosen = request.POST.get("format", "")
    written, content_type = FILES.get(chosen, FILES["csv"])
    name = chosen if chosen in FILES else "csv"
    response = HttpResponse(written(request.account, form.events()[:MOST]), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="audit-log-{timezone.now():%Y-%m-%d}.{name}"'
    audit.record(audit.Verb.LOG_EXPORTED, account_id=request.account.pk, detail={"format": name})
    return response
