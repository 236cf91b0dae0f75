"""Connecting: the page that says what is read and asks for permission, the way to the provider and back, or a key."""

from http import HTTPStatus
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AccountRequest, account_required, member_required
from accounts.models import Role
from accounts.sudo import sudo_required
from datasources.forms import KeyForm
from datasources.models import DataSource
from datasources.services import connecting, consenting
from datasources.services.connecting import ConnectError
from datasources.services.consenting import Asker
from datasources.services.providers import Provider, provider
from putler.tenancy import tenant


@never_cache
@require_safe
@account_required(role=Role.ADMIN, pauses=True)
@sudo_required()
def permission(request: AccountRequest, slug: str) -> HttpResponse:
    again = _again(request, slug, request.GET.get("source", ""))
    return _page(request, provider(slug), KeyForm(), again)


@never_cache
@require_POST
@account_required(role=Role.ADMIN, pauses=True)
@sudo_required(back="connect")
def consent(request: AccountRequest, slug: str) -> HttpResponse:
    again = _again(request, slug, request.POST.get("source", ""))
    asker = Asker(request.account, request.user, request.session.session_key or "")
    try:
        url = consenting.begin_consent(asker, provider(slug), now=timezone.now(), again=again)
    except ConnectError as error:
        messages.warning(request, str(error))
        return redirect("connect", slug)
    return HttpResponseRedirect(url)


@login_not_required  # it leads to the sign-in by itself: the address to return to must not hold the code
@never_cache
@require_safe
def callback(request: HttpRequest, slug: str) -> HttpResponse:
    is_known = request.user.is_authenticated
    answer = _returned(request, slug) if is_known else redirect_to_login(reverse("connect", args=[slug]))
    answer["Referrer-Policy"] = "no-referrer"  # the address that is left holds a code
    return answer


@member_required(role=Role.ADMIN, pauses=True)
@sudo_required(back="connect")
def _returned(request: AccountRequest, slug: str) -> HttpResponse:
    asker = Asker(request.account, request.user, request.session.session_key or "")
    try:
        source = consenting.accept_consent(asker, provider(slug), request.GET.dict(), now=timezone.now())
    except ConnectError as error:
        messages.warning(request, str(error))
        return redirect("connect", slug)
    messages.success(request, f"{source.name} is connected. Its newest sales arrive first.")
    return redirect("sources")


@sensitive_post_parameters("key")
@never_cache
@require_POST
@member_required(role=Role.ADMIN, pauses=True)
@sudo_required(back="connect")
def enter_key(request: AccountRequest, slug: str) -> HttpResponse:
    whose, form = provider(slug), KeyForm(request.POST)
    with tenant(request.account.pk):
        again = _again(request, slug, request.POST.get("source", ""))
    if form.is_valid():
        key, now = form.cleaned_data["key"], timezone.now()
        try:
            if again:
                source = connecting.accept_key_again(again, key, now=now)
            else:
                source = connecting.accept_key(request.account, whose, key, now=now)
        except ConnectError as error:
            form.add_error("key", str(error))
        else:
            messages.success(request, f"{source.name} is connected. Its newest sales arrive first.")
            return redirect("sources")
    return _page(request, whose, form, again)


def _again(request: AccountRequest, slug: str, public_id: str) -> DataSource | None:
    """The source that is to be read with new access; None where a new one is to be connected. Inside tenant()."""
    if not public_id:
        return None
    try:
        return get_object_or_404(request.account.sources, public_id=public_id, provider=slug, unlinked_at=None)
    except ValidationError as error:
        raise Http404 from error


def _page(request: AccountRequest, whose: Provider, form: KeyForm, again: DataSource | None) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    found = {"provider": whose, "form": form, "again": again}
    response = render(request, "datasources/permission.html", found, status=status)
    address = urlsplit(whose.auth_url)
    # Chrome holds the redirect that follows the form to this directive too.
    response._csp_update = {"form-action": [f"{address.scheme}://{address.netloc}"]}  # type: ignore[attr-defined]
    return response
