"""The second step of signing in: a code of the app, or a recovery code."""

from http import HTTPStatus
from typing import Any

from allauth.core.ratelimit import respond_429
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import second_factor, stages
from accounts.forms import FactorForm
from accounts.models import User


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    stage = stages.pending(request)
    if stage is None:
        return redirect("home" if request.user.is_authenticated else "account_login")
    if request.method == "POST":
        return _check(request, stage)
    return _page(request, stage.login.user, FactorForm())


def _check(request: HttpRequest, stage: Any) -> HttpResponse:
    form, user = FactorForm(request.POST), stage.login.user
    if not form.is_valid():
        return _page(request, user, form)
    try:
        device = second_factor.check(request, user, form.cleaned_data["code"])
    except second_factor.TooManyTries:
        stage.abort()
        return respond_429(request)
    if device is None:
        form.add_error("code", second_factor.why_not(user, form.cleaned_data["code"], now=timezone.now()))
        return _page(request, user, form)
    second_factor.mark_verified(request, user, device)
    answer: HttpResponse = stage.exit()
    return answer


def _page(request: HttpRequest, user: User, form: FactorForm) -> HttpResponse:
    context = {"form": form, "email": user.email, "by_recovery_code": "recovery" in request.GET}
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "accounts/second_factor.html", context, status=status)
