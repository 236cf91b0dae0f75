"""Changing what one signs in with: the password, and the address."""

from http import HTTPStatus
from typing import Final

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import email_change
from accounts.access import AccountRequest, person_required
from accounts.forms import AddressForm, PasswordForm
from accounts.models import EmailChange
from accounts.services import change_password
from accounts.sudo import sudo_required

IN_SESSION: Final = "new_address"  # holds the token of a link that was followed


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@person_required
@sudo_required()
def password(request: AccountRequest) -> HttpResponse:
    if request.method == "POST" and (refused := ratelimit.consume_or_429(request, action="change_password")):
        return refused
    form = PasswordForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        change_password(request, request.user, form.cleaned_data["password"])
        messages.success(request, "Your password is changed. Every other browser was signed out.")
        return redirect("security")
    return _page(request, "settings/password.html", form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@person_required
@sudo_required()
def email(request: AccountRequest) -> HttpResponse:
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        new = form.cleaned_data["email"]
        if new == request.user.email:
            form.add_error("email", "This is the address that you have.")
        else:
            return _mail_link(request, new)
    return _page(request, "settings/email.html", form)


@never_cache
@require_POST
@person_required
def drop_email(request: AccountRequest) -> HttpResponse:
    EmailChange.objects.filter(user=request.user).delete()
    messages.success(request, f"You go on signing in with {request.user.email}.")
    return redirect("security")


@login_not_required  # it leads to the sign-in by itself: the address to return to must not hold the token
@never_cache
@require_safe
def follow_link(request: HttpRequest, key: str) -> HttpResponse:
    request.session[IN_SESSION] = key
    page = reverse("use_email")
    return redirect(page) if request.user.is_authenticated else redirect_to_login(page)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@person_required
@sudo_required()
def use_email(request: AccountRequest) -> HttpResponse:
    token, now = request.session.get(IN_SESSION, ""), timezone.now()
    if request.method == "POST" and email_change.finish(request, request.user, token, now=now):
        del request.session[IN_SESSION]
        messages.success(request, f"You sign in with {request.user.email} from now on.")
        return redirect("security")
    wish = email_change.waiting(request.user, token, now=now)
    status = HTTPStatus.OK if wish else HTTPStatus.NOT_FOUND
    return render(request, "accounts/use_email.html", {"wish": wish}, status=status)


def _mail_link(request: AccountRequest, new: str) -> HttpResponse:
    for action, key in (("change_email", None), ("sign_up_mail", new)):
        if refused := ratelimit.consume_or_429(request, action=action, key=key):
            return refused
    email_change.begin(request.user, new, now=timezone.now())
    messages.success(request, f"A link is on its way to {new}. Until it is followed, nothing changes.")
    return redirect("security")


def _page(request: AccountRequest, template: str, form: PasswordForm | AddressForm) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, template, {"form": form}, status=status)
