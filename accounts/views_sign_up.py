"""The first two steps into Putler: who you are, and the code from your mail."""

from http import HTTPStatus
from typing import Any

from allauth.account.utils import complete_signup
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import signing_up
from accounts.forms import CodeForm, SignUpForm
from accounts.models import SignUp
from accounts.sudo import KNOWLEDGE, note_proof
from accounts.views_invitation import join, opened

IN_SESSION = "sign_up"  # holds the public id of the sign-up that waits for its code
ON_ITS_WAY = "One moment: the last mail is under way. You can ask for another in half a minute."
TOO_MANY = "Many mails went to this address already. Please try again in an hour."


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    if request.method == "POST":
        return _begin(request)
    waiting = _waiting(request)
    invited = opened(request)
    kept = {"email": invited.email} if invited else {}
    if waiting:
        kept = {"name": waiting.name, "email": waiting.email}
    return _form(request, SignUpForm(initial=kept), waiting=waiting)


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    waiting = _waiting(request)
    if waiting is None:
        messages.info(request, "Please fill in this form. A code is valid for a day and can be used once.")
        return redirect("account_signup")
    if request.method == "POST":
        return _finish(request, waiting)
    return _step(request, waiting, CodeForm())


@login_not_required
@never_cache
@require_POST
def send_again(request: HttpRequest) -> HttpResponse:
    waiting = _waiting(request)
    if request.user.is_authenticated or waiting is None:
        return redirect("account_signup")
    if not ratelimit.consume(request, action="sign_up_again", key=str(waiting)):
        return _too_soon(request, waiting, ON_ITS_WAY)
    if not ratelimit.consume(request, action="sign_up_mail", key=waiting.email):
        return _too_soon(request, waiting, TOO_MANY)
    signing_up.send_again(waiting, now=timezone.now())
    messages.success(request, "A new code is on its way; the one before is no longer valid.")
    return redirect("confirm_sign_up")


def _begin(request: HttpRequest) -> HttpResponse:
    """Note the wish and mail the code; the answer is the same whether or not the address is known."""
    form = SignUpForm(request.POST)
    if refused := ratelimit.consume_or_429(request, action="signup"):
        return refused
    if not form.is_valid():
        return _form(request, form)
    if refused := ratelimit.consume_or_429(request, action="sign_up_mail", key=form.cleaned_data["email"]):
        return refused
    earlier = request.session.get(IN_SESSION, "")
    begun = signing_up.begin(**form.cleaned_data, instead_of=earlier, now=timezone.now())
    request.session[IN_SESSION] = str(begun.public_id)
    return redirect("confirm_sign_up")


def _finish(request: HttpRequest, waiting: SignUp) -> HttpResponse:
    form = CodeForm(request.POST)
    if refused := ratelimit.consume_or_429(request, action="sign_up_code"):
        return refused
    if not form.is_valid():
        return _step(request, waiting, form)
    user = signing_up.finish(str(waiting), form.cleaned_data["code"], now=timezone.now())
    if user is None:
        waiting.tries += 1  # as the row now says
        form.add_error("code", _wrong(waiting))
        return _step(request, waiting, form)
    del request.session[IN_SESSION]
    is_in = join(request, user)
    note_proof(request, user, KNOWLEDGE)  # of a password that they chose a moment ago
    answer: HttpResponse = complete_signup(request, user, "none", reverse("home" if is_in else "start"))
    return answer


def _wrong(waiting: SignUp) -> str:
    left = signing_up.TRIES - waiting.tries
    if left <= 0:
        return "That was not the code either. Please have a new one sent."
    return f"This is not the code. You can try {left} more time{'s' if left > 1 else ''}; the newest mail counts."


def _waiting(request: HttpRequest) -> SignUp | None:
    """The sign-up that this browser began, if its code is still valid."""
    return signing_up.pending(request.session.get(IN_SESSION, ""), now=timezone.now())


def _form(request: HttpRequest, form: SignUpForm, *, waiting: SignUp | None = None) -> HttpResponse:
    context = {"form": form, "waiting": waiting, "days": settings.TRIAL_DAYS, "invitation": opened(request)}
    return render(request, "accounts/sign_up.html", context)


def _step(request: HttpRequest, waiting: SignUp, form: CodeForm, **more: Any) -> HttpResponse:
    is_spent = waiting.tries >= signing_up.TRIES
    context = {"form": form, "waiting": waiting, "is_spent": is_spent, "is_local": not settings.PRODUCTION}
    return render(request, "accounts/confirm_sign_up.html", context, **more)


def _too_soon(request: HttpRequest, waiting: SignUp, sentence: str) -> HttpResponse:
    messages.warning(request, sentence)
    return _step(request, waiting, CodeForm(), status=HTTPStatus.TOO_MANY_REQUESTS)
