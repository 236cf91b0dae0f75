"""Several accounts: going from one to another, and starting one more."""

import uuid

from allauth.core import ratelimit
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.access import AccountRequest, active_memberships, choose, member_required
from accounts.audit import Verb
from accounts.forms import BusinessForm
from accounts.models import Role
from accounts.services import start_another


@never_cache
@require_POST
def switch_account(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    own = active_memberships(request.user).exclude(role=Role.SUPPORT)  # staff enter by a page of theirs
    membership = own.filter(account__public_id=public_id).first()
    if membership is None:
        raise Http404
    choose(request, membership.account)
    audit.record(Verb.ACCOUNT_SWITCHED, account_id=membership.account_id, subject=membership.account)
    return redirect("home")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required(role=Role.VIEWER)
def new_account(request: AccountRequest) -> HttpResponse:
    if request.user.is_staff:  # who became one as a member
        raise Http404
    form = BusinessForm(request.POST or None, initial={"time_zone": "UTC"})
    if request.method == "POST" and form.is_valid():
        if refused := ratelimit.consume_or_429(request, action="new_account", user=request.user):
            return refused
        choose(request, start_another(owner=request.user, **form.cleaned_data, now=timezone.now()))
        return redirect("home")
    return render(request, "accounts/new_account.html", {"form": form, "days": settings.TRIAL_DAYS})
