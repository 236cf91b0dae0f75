"""How a file is read: what its columns mean, with a look at its first rows while somebody chooses."""

import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import AccountRequest, account_required
from accounts.models import Role
from datasources.models import Upload
from datasources.reading_form import ReadingForm
from datasources.services import filing
from datasources.services.preview import preview
from datasources.services.recognising import reading_of, stored_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.ADMIN)
def file_reading(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    upload = get_object_or_404(request.account.uploads, public_id=public_id)
    context = reading_context(upload, request.POST or request.GET or None)
    if context is None or upload.state not in filing.OPEN:
        return redirect("file", public_id)
    form: ReadingForm = context["form"]
    if request.method == "POST" and form.is_valid():
        try:
            filing.read_as(upload, form.wished())
        except filing.NotNow as error:
            messages.warning(request, str(error))
        return redirect("file", public_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "datasources/reading.html", {"upload": upload, "reading": context}, status=status)


def reading_context(upload: Upload, data: Any = None) -> dict[str, Any] | None:
    """The form and the first rows as it would have them read; None for a file that needs neither."""
    reading = reading_of(upload)
    if reading is None:
        return None
    how = stored_of(upload)
    form = ReadingForm(data, how=how, reading=reading)
    form.full_clean()
    return {
        "form": form,
        "stored": how,
        "preview": preview(upload, how, form.wished()),
        "questions": reading.missing,
        "export": reading.export,
    }
