"""What is asked of every request by somebody who is signed in: that the session still holds, and holds enough."""

from collections.abc import Callable
from typing import Any, Final

from allauth.core.internal.httpkit import get_client_ip
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts import sessions
from accounts.browsers import browser_name

ENROLMENT: Final = frozenset({"second_factor_app", "begin_second_factor_app", "sudo", "account_logout"})
WITHOUT_PERSON: Final = frozenset({"healthz", "readyz"})
WITHOUT_SESSION: Final = "/hooks/"  # where programs ring, whose cookies are not read


class Presence:
    """Ends sessions that are too old, were left alone, or lack a second factor that their user has.

    Members of staff without one reach nothing but the pages that add it, and the way out. `request.user` must be there,
    and verified by django-otp.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        if request.path.startswith(WITHOUT_SESSION):
            return self.get_response(request)
        request.session.client = (get_client_ip(request), browser_name(request.headers.get("User-Agent", "")))
        if request.user.is_authenticated and (row := request.session.row):
            now = timezone.now()
            is_half = row.has_device and not request.user.is_verified()
            if is_half or sessions.is_over(row, is_staff=request.user.is_staff, now=now):
                logout(request)
            elif "X-Poll" not in request.headers:  # a page that renews itself is not somebody using it
                sessions.note_use(row, request.session.client, now=now)
        return self.get_response(request)

    def process_view(self, request: Any, view: object, args: object, kwargs: object) -> HttpResponse | None:
        user = None if request.path.startswith(WITHOUT_SESSION) else request.user
        if user is None or not user.is_authenticated or not user.is_staff or user.is_verified():
            return None
        name = request.resolver_match.url_name
        return None if name in ENROLMENT | WITHOUT_PERSON else redirect("second_factor_app")
