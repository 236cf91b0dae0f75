"""Signing out: the browser is told to forget what it saw."""

from allauth.account.views import LogoutView
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST


@login_not_required
@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    response: HttpResponse = LogoutView.as_view()(request)
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
