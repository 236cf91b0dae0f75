"""The pages of sources: what is connected, how far each is read, and each by itself."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import AccountRequest, account_required
from accounts.models import Role, Scope
from datasources.connectors.registry import CONNECTORS
from datasources.forms import AgainForm
from datasources.services import duplicates, reconciled
from datasources.services.progress import progress_of
from datasources.services.providers import provider
from datasources.views.files import may_manage

RUNS = 20
REFUSED = 50


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.CONNECTIONS)
def sources(request: AccountRequest) -> HttpResponse:
    is_watching = request.headers.get("HX-Target") == "sources"
    template = "datasources/_sources.html" if is_watching else "datasources/sources.html"
    return render(request, template, _sources_of(request))


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.CONNECTIONS)
def source(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    is_watching = request.headers.get("HX-Target") == "source"
    template = "datasources/_source_state.html" if is_watching else "datasources/source.html"
    return render(request, template, source_context(request, public_id))


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.FIGURES)
def reconciliation(request: AccountRequest) -> HttpResponse:
    linked = request.account.sources.filter(unlinked_at=None, is_arriving=False).exclude(first_at=None)
    context = {"sources": reconciled.overview(request.account), "linked": linked.order_by("name")}
    return render(request, "datasources/reconciliation.html", context)


def source_context(request: AccountRequest, public_id: uuid.UUID, form: AgainForm | None = None) -> dict[str, Any]:
    """What the page of one source shows. Raises Http404."""
    own = get_object_or_404(request.account.sources, public_id=public_id)
    [found] = progress_of(request.account, now=timezone.now(), only=own)
    refused = own.refused_records.order_by("-seen_at", "-pk")
    return {
        "one": found,
        "form": form or AgainForm(zone=request.account.zone),
        "runs": own.runs.order_by("-started_at")[:RUNS],
        "refused": refused[:REFUSED],
        "totals": reconciled.of_source(own),
        "can_manage": may_manage(request),
    }


def _sources_of(request: AccountRequest) -> dict[str, Any]:
    found = progress_of(request.account, now=timezone.now())
    return {
        "sources": found,
        "leaving": request.account.sources.exclude(unlinked_at=None).order_by("purge_after", "pk"),
        "is_importing": any(one.is_importing for one in found),
        "providers": [provider(slug) for slug in CONNECTORS],
        "has_pairs": duplicates.may_exist(request.account),
        "has_totals": request.account.reconciliations.exists() or any(one.rows for one in found),
        "can_manage": may_manage(request),
    }
