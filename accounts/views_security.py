"""The page about what guards one's own way in, and the pages that add and remove a second factor."""

from datetime import timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlencode

from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import second_factor, sessions
from accounts.access import AccountRequest, account_required, person_required
from accounts.devices import AuthenticatorApp, RecoveryCodes
from accounts.forms import FactorForm
from accounts.models import Account, EmailChange, Role, User
from accounts.qr import qr_code
from accounts.services import demand_second_factor
from accounts.sudo import own_path, sudo_required

IN_SESSION: Final = "second_factor_app"  # holds the public id of the app that this browser is adding
NAG_PAUSE: Final = timedelta(days=30)


@never_cache
@require_safe
@person_required
def security(request: AccountRequest) -> HttpResponse:
    user, now = request.user, timezone.now()
    sheet = RecoveryCodes.objects.filter(user=user).first()
    context = {
        "app": AuthenticatorApp.objects.filter(user=user, confirmed=True).first(),
        "codes_left": sheet.left() if sheet else 0,
        "sessions": len(sessions.of_user(user, now=now)),
        "new_address": EmailChange.objects.filter(user=user, expires_at__gt=now).first(),
        "is_demanded": second_factor.is_demanded(user),
        "is_owner": request.role == Role.OWNER,
    }
    return render(request, "settings/security.html", context)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@person_required
@sudo_required()
def add_app(request: AccountRequest) -> HttpResponse:
    app = AuthenticatorApp.objects.filter(
        user=request.user, confirmed=False, public_id=request.session.get(IN_SESSION)
    ).first()
    if request.method != "POST" or app is None:
        return _app_page(request, app, FactorForm())
    form = FactorForm(request.POST)
    try:
        codes = second_factor.finish(request, request.user, app, form.cleaned_data["code"]) if form.is_valid() else None
    except second_factor.TooManyTries:
        return respond_429(request)
    if codes is None:
        if form.is_valid():
            form.add_error("code", second_factor.why_wait(app, now=timezone.now()))
        return _app_page(request, app, form)
    del request.session[IN_SESSION]
    return render(request, "accounts/recovery_codes.html", {"codes": codes, "is_new_app": True})


@never_cache
@require_POST
@person_required
@sudo_required(back="second_factor_app")
def begin_app(request: AccountRequest) -> HttpResponse:
    request.session[IN_SESSION] = str(second_factor.begin(request.user))
    return redirect("second_factor_app")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@person_required
@sudo_required()
def remove_app(request: AccountRequest) -> HttpResponse:
    if not request.user.is_verified():
        return redirect("security")
    if second_factor.is_demanded(request.user):
        messages.warning(request, "You may not be without a second factor. You can move it to another phone instead.")
        return redirect("security")
    if request.method != "POST":
        return render(request, "accounts/remove_app.html")
    second_factor.remove(request, request.user)
    messages.success(request, "Two-factor authentication is off. Every other browser was signed out.")
    return redirect("security")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@person_required
@sudo_required()
def recovery_codes(request: AccountRequest) -> HttpResponse:
    sheet = RecoveryCodes.objects.filter(user=request.user).first()
    if sheet is None or not request.user.is_verified():
        return redirect("security")
    if request.method != "POST":
        return render(request, "accounts/recovery_codes.html", {"left": sheet.left()})
    return render(request, "accounts/recovery_codes.html", {"codes": second_factor.new_codes(request.user)})


@never_cache
@require_POST
def remind_later(request: AccountRequest) -> HttpResponse:
    User.objects.filter(pk=request.user.pk).update(two_factor_nag_hidden_until=timezone.now() + NAG_PAUSE)
    return redirect(own_path(request.POST.get("next", "")) or "home")


@never_cache
@require_POST
@account_required(role=Role.OWNER)
@sudo_required(back="security")
def demand(request: AccountRequest) -> HttpResponse:
    """Have the account demand a second factor of every member, or no longer."""
    is_demanded = request.POST.get("demand") == "on"
    if is_demanded and not request.user.is_verified():
        messages.warning(request, "Turn on two-factor authentication for yourself first.")
    else:
        demand_second_factor(request.account, is_demanded=is_demanded)
        now_or_not = "now needs" if is_demanded else "no longer needs"
        messages.success(request, f"Everybody in {request.account.name} {now_or_not} two-factor authentication.")
    return redirect("security")


def _app_page(request: AccountRequest, app: AuthenticatorApp | None, form: FactorForm) -> HttpResponse:
    context = {
        "form": form,
        "key": " ".join(app.key[start : start + 4] for start in range(0, len(app.key), 4)) if app else "",
        "qr": qr_code(_uri(request.user, app)) if app else None,
        "is_move": request.user.is_verified(),
        "demanding": list(_demanding(request.user)),
    }
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "accounts/add_app.html", context, status=status)


def _uri(user: User, app: AuthenticatorApp) -> str:
    label = quote(f"{settings.ISSUER}:{user.email}")
    return f"otpauth://totp/{label}?{urlencode({'secret': app.key, 'issuer': settings.ISSUER})}"


def _demanding(user: User) -> list[str]:
    """Who demands a second factor of the user: names for the page."""
    names = Account.objects.filter(memberships__user=user, requires_2fa=True).values_list("name", flat=True)
    return ["Putler, of its staff", *names] if user.is_staff else list(names)
