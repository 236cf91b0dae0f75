"""Fresh proof of who is there: pages that change what guards an account ask for it when the last is ten minutes old.

Proof is the password, and a code as well from whoever has a second factor. Signing in gives it, the page of views_sudo
renews it; allauth keeps the records in the session.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_otp import user_has_device

from accounts.models import User

KNOWLEDGE: Final = "password"
POSSESSION: Final = "second_factor"
AGAIN: Final = "Please confirm first that it is you. Nothing was changed yet: do it once more afterwards."


def sudo_required(*, back: str = "") -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let the view run only shortly after its user proved who they are; anybody else is asked to, and comes back.

    It stands under the gate of the role, and applies to GET as well, so that nobody fills in a form in vain. Of the
    request nothing but its path is kept: what a form sent may be a secret. `back`: the name of the page to come back to
    from an address that only takes forms; it may have the same parts as this address.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def proved(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.path)
            if is_proved(request, now=timezone.now()):
                return view(request, *args, **kwargs)
            return _ask(request, _page(back, kwargs) if back else request.path)

        proved.needs_sudo = True  # type: ignore[attr-defined]  # tests ask every address
        return proved

    return decorate


def is_proved(request: HttpRequest, *, now: datetime) -> bool:
    """Whether the user proved who they are within the last ten minutes, in this session."""
    if not isinstance(request.user, User):
        return False
    needed = {KNOWLEDGE, POSSESSION} if user_has_device(request.user) else {KNOWLEDGE}
    oldest = now.timestamp() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return needed <= {record["method"] for record in records if record["at"] > oldest}


def note_proof(request: HttpRequest, user: User, *methods: str) -> None:
    """Record in the session what the user just showed to know."""
    for method in methods:
        record_authentication(request, user, method)


def own_path(path: str) -> str:
    """The path, if it is one of this site; "" for anything else."""
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours else ""


def _ask(request: HttpRequest, page: str) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        messages.info(request, AGAIN)
    if request.headers.get("HX-Request"):  # of a part of a page: the browser itself has to go
        page = own_path(urlsplit(request.headers.get("HX-Current-URL", "")).path) or page
        return HttpResponseClientRedirect(redirect_to_login(page, reverse("sudo")).url)
    return redirect_to_login(page, reverse("sudo"))


def _page(name: str, parts: dict[str, Any]) -> str:
    try:
        return reverse(name, kwargs=parts)
    except NoReverseMatch:
        return reverse(name)
