"""What is done to a source: pausing, reading again, unlinking, bringing back, deleting for good."""

import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import AccountRequest, account_required
from accounts.models import Role
from accounts.sudo import sudo_required
from datasources.forms import AgainForm
from datasources.models import DataSource
from datasources.services import resting, unlinking
from datasources.views.sources import source_context
from putler.kernel.errors import PutlerError


def deed(act: Callable[[AccountRequest, DataSource], str]) -> Callable[..., HttpResponse]:
    """A view that does something to a linked source and leads back to its page, with a sentence that says what."""

    @never_cache
    @require_POST
    @account_required(role=Role.ADMIN)
    def view(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
        source = get_object_or_404(request.account.sources, public_id=public_id)
        try:
            messages.success(request, act(request, source))
        except PutlerError as error:
            messages.warning(request, str(error))
        return redirect("source", public_id)

    return view


@deed
def pause(request: AccountRequest, source: DataSource) -> str:
    resting.pause(source, now=timezone.now())
    return f"{source.name} is paused. What is here stays and counts."


@deed
def resume(request: AccountRequest, source: DataSource) -> str:
    resting.resume(source, now=timezone.now())
    return f"{source.name} is being read again, from where it stopped."


@deed
def restore(request: AccountRequest, source: DataSource) -> str:
    unlinking.restore(source=source, now=timezone.now())
    return f"{source.name} is back, with all its rows."


@never_cache
@require_POST
@account_required(role=Role.ADMIN)
def read_again(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    source = get_object_or_404(request.account.sources, public_id=public_id)
    form = AgainForm(request.POST, zone=request.account.zone)
    if not form.is_valid():
        context = source_context(request, public_id, form)
        return render(request, "datasources/source.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        resting.read_again(source, form.span(), now=timezone.now())
        messages.success(request, "These days are being read again. What is told as before stays as it is.")
    except PutlerError as error:
        messages.warning(request, str(error))
    return redirect("source", public_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.ADMIN)
def unlink(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    source = get_object_or_404(request.account.sources, public_id=public_id)
    if source.unlinked_at:
        return redirect("source", public_id)
    if request.method != "POST":
        return render(request, "datasources/unlink.html", {"source": source})
    unlinking.unlink(source=source, now=timezone.now())
    messages.success(request, f"{source.name} is unlinked. It is in no figure and no list any more.")
    return redirect("source", public_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.ADMIN)
@sudo_required()
def delete_now(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    source = get_object_or_404(request.account.sources, public_id=public_id)
    if source.unlinked_at is None:
        return redirect("unlink_source", public_id)
    if request.method != "POST":
        return render(request, "datasources/delete_now.html", {"source": source})
    unlinking.delete_now(source=source, now=timezone.now())
    return redirect("receipt_of", public_id)


@never_cache
@require_POST
@account_required(role=Role.ADMIN)
@sudo_required(back="sources")
def remove_sandbox(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    source = get_object_or_404(request.account.sources, public_id=public_id)
    if not source.is_test:
        raise BadRequest
    unlinking.unlink(source=source, now=timezone.now())
    unlinking.delete_now(source=source, now=timezone.now())
    messages.success(request, f"{source.name} is removed, and its rows with it.")
    return redirect("sources")
