"""Asking for a copy of data, and fetching it."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import AccountRequest, account_required, person_required
from accounts.models import Role
from accounts.sudo import sudo_required
from compliance.exporting import making
from compliance.models import ExportRequest

Kind = ExportRequest.Kind
ON_ITS_WAY = "The file is being written. You get a mail once it is there."


@never_cache
@require_POST
@person_required
@sudo_required(back="privacy_settings")
def ask_export(request: AccountRequest) -> HttpResponse:
    """Have a copy made of oneself, or as the owner of the whole account."""
    kind = Kind.ACCOUNT if request.POST.get("kind") == Kind.ACCOUNT else Kind.USER
    if kind == Kind.ACCOUNT and (request.account is None or request.role != Role.OWNER):
        raise Http404
    _ask(request, kind, account=request.account if kind == Kind.ACCOUNT else None)
    return redirect("privacy_settings")


@never_cache
@require_POST
@account_required(role=Role.ADMIN)
@sudo_required(back="customer")
def export_customer(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    """Have a copy made of what is kept of one customer."""
    customer = get_object_or_404(request.account.customers, public_id=public_id)
    _ask(request, Kind.CUSTOMER, account=request.account, target=customer.public_id)
    return redirect("privacy_settings")


@never_cache
@require_POST
@person_required
def export_file(request: AccountRequest, public_id: uuid.UUID) -> Any:
    """Hand over the file, to who asked for it alone; the last time, it is gone with that."""
    now = timezone.now()
    found = making.open_for(request.user, public_id, now=now)
    if found is None:
        raise Http404
    asked, path = found
    try:
        content = path.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    if not asked.downloads_left:
        making.remove_old(now=now)  # what is open is still read to its end
    name = f"putler-{asked.kind}-{asked.asked_at:%Y-%m-%d}.zip"
    return FileResponse(content, as_attachment=True, filename=name, content_type="application/zip")


def _ask(request: AccountRequest, kind: Kind, **whose: Any) -> None:
    try:
        making.ask(kind, user=request.user, now=timezone.now(), **whose)
    except making.OneAtATime as error:
        messages.info(request, str(error))
    else:
        messages.success(request, ON_ITS_WAY)
