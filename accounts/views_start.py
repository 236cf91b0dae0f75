"""The third step into Putler: the business."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import AccountRequest, active_memberships
from accounts.forms import BusinessForm
from accounts.services import start_trial
from accounts.views_invitation import opened


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: AccountRequest) -> HttpResponse:
    """Describe the business; for somebody in no account, everybody else goes home. Staff start none."""
    if request.user.is_staff:
        raise Http404
    if active_memberships(request.user).exists():
        return redirect("home")
    invited = opened(request)
    if invited and invited.email == request.user.email:
        return redirect("invitation")
    form = BusinessForm(request.POST or None, initial={"time_zone": "UTC"})
    if request.method == "POST" and form.is_valid():
        start_trial(owner=request.user, **form.cleaned_data, now=timezone.now())
        return redirect("home")
    return render(request, "accounts/start.html", {"form": form, "days": settings.TRIAL_DAYS})
