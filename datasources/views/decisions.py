"""What people decide about customers and products: merging, parting, leaving out. Each is a form's one press."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.access import AccountRequest, account_required
from accounts.models import Role
from datasources.services import excluding, merging
from putler.kernel.errors import PutlerError


@require_POST
@account_required(role=Role.ADMIN)
def merge_customer(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    one = get_object_or_404(request.account.customers, public_id=public_id)
    into = get_object_or_404(request.account.customers, public_id=_id(request))
    return _do(request, lambda: merging.merge(one, into=into, by=request.user), "They count as one customer now.")


@require_POST
@account_required(role=Role.ADMIN)
def part_customer(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    one = get_object_or_404(request.account.customers, public_id=public_id)
    return _do(request, lambda: merging.part(one, by=request.user), "They are two customers again.")


@require_POST
@account_required(role=Role.ADMIN)
def merge_product(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    one = get_object_or_404(request.account.products, public_id=public_id)
    into = get_object_or_404(request.account.products, public_id=_id(request))
    return _do(request, lambda: merging.merge(one, into=into, by=request.user), "They count as one product now.")


@require_POST
@account_required(role=Role.ADMIN)
def part_product(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    one = get_object_or_404(request.account.products, public_id=public_id)
    return _do(request, lambda: merging.part(one, by=request.user), "They are two products again.")


@require_POST
@account_required(role=Role.ADMIN)
def exclude_customers(request: AccountRequest) -> HttpResponse:
    told = request.POST.get("rule", "")
    return _do(
        request, lambda: excluding.exclude(request.account, told, by=request.user), "They are left out of all figures."
    )


@require_POST
@account_required(role=Role.ADMIN)
def include_customers(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    exclusion = get_object_or_404(request.account.exclusions, public_id=public_id)
    return _do(request, lambda: excluding.include(exclusion, by=request.user), "They count again.")


def _do(request: AccountRequest, deed: Callable[[], object], done: str) -> HttpResponse:
    """Do it and go back to where the form stood, saying that it is done or why not."""
    try:
        deed()
    except PutlerError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{done} Figures follow in a moment.")
    back = request.POST.get("back", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_ours else "sources")


def _id(request: AccountRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("into", ""))
    except ValueError:
        return None
