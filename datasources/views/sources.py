"""The pages of sources: what is connected, how far each is read, and removing a sandbox."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AccountRequest, account_required
from accounts.models import Role
from accounts.sudo import sudo_required
from datasources.connectors.registry import CONNECTORS
from datasources.services.progress import progress_of
from datasources.services.providers import provider
from datasources.services.removing import remove
from datasources.views.files import may_manage


@never_cache
@require_safe
@account_required(role=Role.VIEWER)
def sources(request: AccountRequest) -> HttpResponse:
    is_watching = request.headers.get("HX-Target") == "sources"
    template = "datasources/_sources.html" if is_watching else "datasources/sources.html"
    return render(request, template, _sources_of(request))


@never_cache
@require_POST
@account_required(role=Role.ADMIN)
@sudo_required(back="sources")
def remove_sandbox(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    source = get_object_or_404(request.account.sources, public_id=public_id)
    if not source.is_test:
        raise BadRequest
    remove(source, now=timezone.now())
    messages.success(request, f"{source.name} is removed, and its rows with it.")
    return redirect("sources")


def _sources_of(request: AccountRequest) -> dict[str, Any]:
    found = progress_of(request.account, now=timezone.now())
    return {
        "sources": found,
        "is_importing": any(one.is_importing for one in found),
        "providers": [provider(slug) for slug in CONNECTORS],
        "can_manage": may_manage(request),
    }
