"""Connecting: the page that says what is read and asks for permission, the way to the provider and back, or a key."""

from http import HTTPStatus
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AccountRequest, account_required, member_required
from accounts.models import Role
from datasources.forms import KeyForm
from datasources.services import connecting
from datasources.services.connecting import Asker, ConnectError
from datasources.services.providers import Provider, provider


@never_cache
@require_safe
@account_required(role=Role.ADMIN)
def permission(request: AccountRequest, slug: str) -> HttpResponse:
    return _page(request, provider(slug), KeyForm())


@never_cache
@require_POST
@account_required(role=Role.ADMIN)
def consent(request: AccountRequest, slug: str) -> HttpResponse:
    try:
        url = connecting.begin_consent(_asker(request), provider(slug), now=timezone.now())
    except ConnectError as error:
        messages.warning(request, str(error))
        return redirect("connect", slug)
    return HttpResponseRedirect(url)


@never_cache
@require_safe
@member_required(role=Role.ADMIN)
def callback(request: AccountRequest, slug: str) -> HttpResponse:
    whose = provider(slug)
    try:
        source = connecting.accept_consent(_asker(request), whose, request.GET.dict(), now=timezone.now())
    except ConnectError as error:
        messages.warning(request, str(error))
        answer = redirect("connect", slug)
    else:
        messages.success(request, f"{source.name} is connected. Its newest sales arrive first.")
        answer = redirect("sources")
    answer["Referrer-Policy"] = "no-referrer"  # the address that is left holds a code
    return answer


@sensitive_post_parameters("key")
@never_cache
@require_POST
@member_required(role=Role.ADMIN)
def enter_key(request: AccountRequest, slug: str) -> HttpResponse:
    whose, form = provider(slug), KeyForm(request.POST)
    if form.is_valid():
        try:
            source = connecting.accept_key(request.account, whose, form.cleaned_data["key"], now=timezone.now())
        except ConnectError as error:
            form.add_error("key", str(error))
        else:
            messages.success(request, f"{source.name} is connected. Its newest sales arrive first.")
            return redirect("sources")
    return _page(request, whose, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _page(request: HttpRequest, whose: Provider, form: KeyForm, status: int = HTTPStatus.OK) -> HttpResponse:
    response = render(request, "datasources/permission.html", {"provider": whose, "form": form}, status=status)
    address = urlsplit(whose.auth_url)
    # Chrome holds the redirect that follows the form to this directive too.
    response._csp_update = {"form-action": [f"{address.scheme}://{address.netloc}"]}  # type: ignore[attr-defined]
    return response


def _asker(request: AccountRequest) -> Asker:
    return Asker(request.account, request.user, request.session.session_key or "")
