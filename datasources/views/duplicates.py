"""The page of payments that two sources tell of: which count once, which may, and the merchant's word on each."""

import uuid

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AccountRequest, account_required
from accounts.models import Role, Scope
from datasources.forms import PairForm
from datasources.services import duplicates
from datasources.views.files import may_manage

PAGE = 50
POSSIBLE = 50


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.RECORDS)
def pairs(request: AccountRequest) -> HttpResponse:
    page = Paginator(duplicates.linked(request.account), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "linked": [duplicates.match_of(link) for link in page],
        "possible": duplicates.possible(request.account, most=POSSIBLE),
        "apart": duplicates.apart(request.account, most=POSSIBLE),
        "can_manage": may_manage(request),
    }
    return render(request, "datasources/duplicates.html", context)


@never_cache
@require_POST
@account_required(role=Role.ADMIN)
def decide(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    store = get_object_or_404(request.account.transactions, public_id=public_id, source__unlinked_at=None)
    form = PairForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    other = form.cleaned_data["gateway"]
    gateway = get_object_or_404(request.account.transactions, public_id=other, source__unlinked_at=None)
    if form.cleaned_data["verdict"] == PairForm.APART:
        duplicates.take_apart(store, gateway, now=timezone.now())
        messages.success(request, "These count as two payments now.")
    else:
        duplicates.join_again(store, gateway)
        messages.success(request, "These may count as one payment again.")
    return redirect("duplicates")
