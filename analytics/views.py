"""The pages with figures: Home, and the rows behind them."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import AccountRequest, account_required
from accounts.models import Role
from analytics.forms import QueryForm, RowsForm, SearchForm
from analytics.overview import overview
from analytics.rows import listing


@never_cache
@require_safe
@account_required(role=Role.VIEWER, pauses=True)
def home(request: AccountRequest) -> HttpResponse:
    form = QueryForm(request.GET, account=request.account, now=timezone.now())
    found = overview(form) if form.all_sources else {"has_sandbox": bool(settings.SANDBOX_URL)}
    return render(request, "analytics/home.html", {"form": form, "has_invented_rates": _has_invented_rates()} | found)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.VIEWER, pauses=True)
def transactions(request: AccountRequest) -> HttpResponse:
    form = RowsForm(request.GET, account=request.account, now=timezone.now())
    words = SearchForm(request.POST).words()  # they may name a person, so they never stand in an address
    return render(request, "analytics/transactions.html", {"form": form, "words": words} | listing(form, words))


def _has_invented_rates() -> bool:
    """Whether the sandbox plays the central bank, whose real rates end with the bundled history."""
    return bool(settings.SANDBOX_URL) and settings.PROVIDER_ECB_API_URL.startswith(settings.SANDBOX_URL)
