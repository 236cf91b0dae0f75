"""The page that asks who is there, before one that changes what guards an account."""

from http import HTTPStatus

from allauth.core import ratelimit
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp import user_has_device

from accounts import audit, second_factor
from accounts.access import AccountRequest
from accounts.audit import Verb
from accounts.forms import ProofForm
from accounts.sudo import KNOWLEDGE, POSSESSION, is_proved, note_proof, own_path


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def sudo(request: AccountRequest) -> HttpResponse:
    target = own_path(request.POST.get("next") or request.GET.get("next") or "") or "/"
    has_device = user_has_device(request.user)
    if request.method != "POST":
        is_done = is_proved(request, now=timezone.now())
        return redirect(target) if is_done else _page(request, ProofForm(has_device=has_device), target)
    if refused := ratelimit.consume_or_429(request, action="reauthenticate"):
        return refused
    form = ProofForm(request.POST, has_device=has_device)
    try:
        methods = _proofs(request, form)
    except second_factor.TooManyTries:
        return ratelimit.respond_429(request)
    if not methods:
        audit.record_of_person(request.user, Verb.IDENTITY_NOT_CONFIRMED)
        return _page(request, form, target)
    note_proof(request, request.user, *methods)
    update_session_auth_hash(request, request.user)  # which gives the session another key
    audit.record_of_person(request.user, Verb.IDENTITY_CONFIRMED)
    return redirect(target)


def _proofs(request: AccountRequest, form: ProofForm) -> list[str]:
    """What was shown; nothing unless all of it was right. The code is looked at after the right password only."""
    user = request.user
    if not form.is_valid():
        return []
    if not user.check_password(form.cleaned_data["password"]):
        form.add_error("password", "This is not your password.")
        return []
    code = form.cleaned_data.get("code")
    if code is None:
        return [KNOWLEDGE]
    if second_factor.check(request, user, code) is None:
        form.add_error("code", second_factor.why_not(user, code, now=timezone.now()))
        return []
    return [KNOWLEDGE, POSSESSION]


def _page(request: AccountRequest, form: ProofForm, target: str) -> HttpResponse:
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    context = {"form": form, "next": target, "has_device": "code" in form.fields}
    return render(request, "accounts/sudo.html", context, status=status)
