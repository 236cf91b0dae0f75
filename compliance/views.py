"""The pages of receipts: what was deleted, when, and how much lay where before and after."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import AccountRequest, account_required
from accounts.models import Role

SHOWN = 100


@never_cache
@require_safe
@account_required(role=Role.VIEWER)
def receipts(request: AccountRequest) -> HttpResponse:
    found = request.account.purgereceipts.order_by("-started_at", "-pk")[:SHOWN]
    return render(request, "compliance/receipts.html", {"receipts": found})


@never_cache
@require_safe
@account_required(role=Role.VIEWER)
def receipt(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(request.account.purgereceipts, public_id=public_id)
    return _page(request, {"receipt": found, "address": request.path})


@never_cache
@require_safe
@account_required(role=Role.VIEWER)
def receipt_of(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show the deletion of a source: that it waits for its job, then how it goes, then lead to the receipt."""
    found = request.account.purgereceipts.filter(subject=public_id).first()
    if found and "HX-Request" not in request.headers:
        return redirect("receipt", found.public_id)
    if found is None:
        get_object_or_404(request.account.sources.exclude(unlinked_at=None), public_id=public_id)
    return _page(request, {"receipt": found, "address": request.path})


def _page(request: AccountRequest, context: dict[str, object]) -> HttpResponse:
    is_watching = request.headers.get("HX-Target") == "receipt"
    return render(request, "compliance/_receipt.html" if is_watching else "compliance/receipt.html", context)
