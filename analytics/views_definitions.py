"""What every figure means: pages made from the declarations."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import AccountRequest, account_required
from accounts.models import Role, Scope
from analytics.definitions import catalogue, definition


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.FIGURES)
def metrics(request: AccountRequest) -> HttpResponse:
    return render(request, "analytics/metrics.html", {"groups": catalogue()})


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.FIGURES)
def metric(request: AccountRequest, slug: str) -> HttpResponse:
    return render(request, "analytics/metric.html", {"definition": definition(slug)})
