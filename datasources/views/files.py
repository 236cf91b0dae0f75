"""The pages of files: handing one in, watching it, deciding about it, and having its rows deleted."""

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AccountRequest, account_required
from accounts.models import Role, Scope
from datasources.connectors import ledger_csv
from datasources.connectors.files.exports import EXPORTS
from datasources.connectors.files.shapes import Export, Shape
from datasources.forms import DecisionForm, UploadForm, too_large
from datasources.models import Upload, UploadState
from datasources.services import filing
from datasources.services.uploads import MOST_REASONS
from datasources.views.reading import reading_context

MOVING = (UploadState.CHECKING, UploadState.IMPORTING, UploadState.DELETING)
SHOWN = 100  # files of the list


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.CONNECTIONS)
def files(request: AccountRequest) -> HttpResponse:
    template = (
        "datasources/_uploads.html" if request.headers.get("HX-Target") == "uploads" else "datasources/files.html"
    )
    return render(request, template, files_of(request) | {"form": UploadForm()})


@never_cache
@require_safe
@account_required(role=Role.VIEWER)
def file_format(request: AccountRequest) -> HttpResponse:
    return render(request, "datasources/format.html", {"required": ledger_csv.REQUIRED})


def capped(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Limit what is received before anything, the CSRF check included, reads the request's body."""

    @csrf_exempt  # only until the handler stands: csrf_protect follows
    @wraps(view)
    def receiving(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.upload_handlers.insert(0, filing.Capped(request))
        return csrf_protect(view)(request, *args, **kwargs)

    return receiving


@capped
@never_cache
@require_POST
@account_required(role=Role.ADMIN, pauses=True)
def upload_file(request: AccountRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if request.upload_handlers[0].is_too_large:  # type: ignore[attr-defined]
        form.errors["file"] = form.error_class([too_large()])
    if not form.is_valid():
        context = files_of(request) | {"form": form}
        return render(request, "datasources/files.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    file = form.cleaned_data["file"]
    upload = filing.receive(request.account, file, file.name)
    return redirect("file", upload.public_id)


@never_cache
@require_safe
@account_required(role=Role.VIEWER)
def file(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    upload = get_object_or_404(request.account.uploads, public_id=public_id)
    context = {
        "upload": upload,
        "is_moving": upload.state in MOVING,
        "is_ended": upload.state in filing.ENDED,
        "brought": upload.transactions.count() if upload.state in filing.ENDED else 0,
        "export": export_of(upload),
        "refused": upload.refused_records.order_by("line")[:MOST_REASONS],
        "can_manage": may_manage(request),
        "span": span_of(upload),
        "reading": reading_context(upload) if may_manage(request) and upload.state in filing.OPEN else None,
    }
    template = "datasources/_upload.html" if request.headers.get("HX-Target") == "upload" else "datasources/file.html"
    return render(request, template, context)


@never_cache
@require_POST
@account_required(role=Role.ADMIN)
def decide(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    upload = get_object_or_404(request.account.uploads, public_id=public_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    try:
        filing.decide(upload, form.cleaned_data["decision"])
    except filing.NotNow as error:
        messages.warning(request, str(error))
    return redirect("file", public_id)


@never_cache
@require_POST
@account_required(role=Role.ADMIN)
def delete_rows(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    upload = get_object_or_404(request.account.uploads, public_id=public_id)
    try:
        filing.request_deletion(upload)
    except filing.NotNow as error:
        messages.warning(request, str(error))
    return redirect("files")


def export_of(upload: Upload) -> Export | None:
    """The provider's export that a file was recognised as."""
    return EXPORTS[Shape(upload.preset)] if upload.preset in set(EXPORTS) else None


def span_of(upload: Upload) -> tuple[datetime, datetime] | None:
    """The first and the last instant that the check found in a file."""
    found = upload.findings or {}
    if not found.get("first"):
        return None
    return datetime.fromisoformat(found["first"]), datetime.fromisoformat(found["last"])


def may_manage(request: AccountRequest) -> bool:
    """Whether the buttons that change something are shown."""
    return request.may_manage


def files_of(request: AccountRequest) -> dict[str, Any]:
    """The account's files, newest first."""
    uploads = list(request.account.uploads.order_by("-uploaded_at", "-pk")[:SHOWN])
    return {
        "uploads": uploads,
        "is_moving": any(upload.state in MOVING for upload in uploads),
        "can_manage": may_manage(request),
    }
