"""Where somebody who found a fault tells us, and what they may count on."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
@cache_control(public=True, max_age=86400)
def security_txt(request: HttpRequest) -> HttpResponse:
    """Answer as RFC 9116 says; a check refuses the start once it has expired."""
    site = settings.PUBLIC_URL
    fields = {
        "Contact": f"mailto:{settings.SECURITY_EMAIL}",
        "Expires": settings.SECURITY_TXT_EXPIRES.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Preferred-Languages": "en",
        "Canonical": site + reverse("security_txt"),
        "Policy": site + reverse("disclosure"),
    }
    lines = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return HttpResponse(lines, content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Say how faults are told and handled."""
    return render(request, "legal/disclosure.html", {"address": settings.SECURITY_EMAIL})
