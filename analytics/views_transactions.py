"""The rows of the ledger: as a page, as a file, and under names."""

import uuid
from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.access import AccountRequest, account_required
from accounts.audit import Verb
from accounts.models import Role, Scope
from analytics import saved_views
from analytics.exports import csv_file, json_file
from analytics.forms import SearchForm
from analytics.ledger_file import TooManyError, header, rows_of
from analytics.ledger_form import LedgerForm
from analytics.rows import listing
from putler.kernel.errors import PutlerError

FILES: Final[dict[str, Callable[..., HttpResponse]]] = {"csv": csv_file, "json": json_file}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.VIEWER, support=Scope.RECORDS, pauses=True, is_snapshot=True)
def transactions(request: AccountRequest) -> HttpResponse:
    form = LedgerForm(request.GET, account=request.account, now=timezone.now())
    words = SearchForm(request.POST).words()  # they may name a person, so they never stand in an address
    views = saved_views.views_of(request.account, request.user)
    found = {"form": form, "words": words, "views": views} | listing(form, words)
    return render(request, "analytics/transactions.html", found)


@never_cache
@require_POST
@account_required(role=Role.VIEWER, is_snapshot=True)
def rows_file(request: AccountRequest) -> HttpResponse:
    """The rows of the page, all of them; by POST, for what was searched for goes with it."""
    form = LedgerForm(request.GET, account=request.account, now=timezone.now())
    words, kind = SearchForm(request.POST).words(), request.POST.get("format", "")
    kind = kind if kind in FILES else "csv"
    try:
        rows = list(rows_of(form, words))
    except TooManyError as error:
        messages.warning(request, str(error))
        return redirect("transactions")
    audit.record(Verb.EXPORTED, account_id=request.account.pk, detail={"what": "transactions", "format": kind})
    return FILES[kind](f"transactions-{form.days.first}-{form.days.last}", header(form, words), rows)


@never_cache
@require_POST
@account_required(role=Role.VIEWER)
def save_view(request: AccountRequest) -> HttpResponse:
    form = LedgerForm(request.GET, account=request.account, now=timezone.now())
    named = saved_views.NameForm(request.POST)
    if not named.is_valid():
        messages.error(request, " ".join(map(str, named.errors["name"])))
        return redirect(f"{reverse('transactions')}?{form.asked_query}")
    try:
        view = saved_views.save(form, request.user, named.cleaned_data["name"])
    except PutlerError as error:
        messages.error(request, str(error))
        return redirect("transactions")
    messages.success(request, f"“{view.name}” is kept.")
    return redirect(f"{view.path}?{view.query}")


@never_cache
@require_POST
@account_required(role=Role.VIEWER)
def delete_view(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    view = get_object_or_404(saved_views.views_of(request.account, request.user), public_id=public_id)
    view.delete()
    messages.success(request, f"“{view.name}” is deleted; no row is.")
    return redirect("transactions")
