"""The pages with figures: Home and Sales."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.access import AccountRequest, account_required, sees
from accounts.audit import Verb
from accounts.models import Role, Scope
from analytics import keeping, restating
from analytics.exports import csv_file
from analytics.forms import QueryForm, SalesForm
from analytics.overview import overview
from analytics.sales import FILES, file_of, sales


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.FIGURES, pauses=True, is_snapshot=True)
def home(request: AccountRequest) -> HttpResponse:
    now = timezone.now().replace(second=0, microsecond=0)  # a running period is compared to the minute
    place = keeping.look(request, "home", now=now)
    if place.html is None:
        place = replace(place, html=_home(request, place, now=now))
    return render(request, "analytics/home.html", {"main": mark_safe(place.html or "")})  # noqa: S308  written by us


def _home(request: AccountRequest, place: keeping.Place, *, now: datetime) -> str:
    form = QueryForm(request.GET, account=request.account, now=now)
    found = overview(form) if form.all_sources else {"has_sandbox": bool(settings.SANDBOX_URL)}
    shows_people = sees(request, Scope.RECORDS)
    context = {"form": form, "has_invented_rates": _has_invented_rates(), "shows_people": shows_people} | found
    html = render_to_string("analytics/_home.html", context, request)
    if form.is_valid() and found.get("report") and not found["arriving"]:
        place.keep(html)
    return html


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.FIGURES, pauses=True, is_snapshot=True)
def sales_page(request: AccountRequest) -> HttpResponse:
    form = SalesForm(request.GET, account=request.account, now=timezone.now())
    found = sales(form) if form.all_sources else {"has_sandbox": bool(settings.SANDBOX_URL)}
    return render(request, "analytics/sales.html", {"form": form, "has_invented_rates": _has_invented_rates()} | found)


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.FIGURES)
def sales_file(request: AccountRequest) -> HttpResponse:
    """One table of the page, all of it, as a file."""
    form = SalesForm(request.GET, account=request.account, now=timezone.now())
    name = request.GET.get("table", "")
    if name not in FILES:
        raise Http404
    header, rows = file_of(form, name)
    audit.record(Verb.EXPORTED, account_id=request.account.pk, detail={"what": f"sales_{name}"})
    return csv_file(f"sales-by-{name}-{form.days.first}-{form.days.last}", header, rows)


@never_cache
@require_safe
@account_required(role=Role.VIEWER, is_snapshot=True)
def recomputing(request: AccountRequest) -> HttpResponse:
    """How far a change of currency or time zone is, asked for by the note about it."""
    if not request.account.is_changing:
        watched = urlsplit(request.headers.get("HX-Current-URL", ""))
        is_safe = url_has_allowed_host_and_scheme(watched.geturl(), allowed_hosts={request.get_host()})
        page = urlunsplit(("", "", watched.path, watched.query, "")) if is_safe and _is_of_figures(watched.path) else ""
        return render(request, "components/_recomputed.html", {"page": page})
    return render(request, "components/_recomputing.html", {"percent": restating.progress(request.account)})


def _is_of_figures(path: str) -> bool:
    """Whether a page is to be shown anew when its figures are others; what somebody types elsewhere stays."""
    return not path.startswith(("/settings/", "/files/"))


def _has_invented_rates() -> bool:
    """Whether the sandbox plays the central bank, whose real rates end with the bundled history."""
    return bool(settings.SANDBOX_URL) and settings.PROVIDER_ECB_API_URL.startswith(settings.SANDBOX_URL)
