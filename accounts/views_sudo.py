"""The page that asks who is there, before one that changes what guards an account."""

from http import HTTPStatus

from allauth.core import ratelimit
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp import user_has_device

from accounts.access import AccountRequest
from accounts.forms import ProofForm
from accounts.sudo import KNOWLEDGE, is_proved, note_proof, own_path


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def sudo(request: AccountRequest) -> HttpResponse:
    target = own_path(request.POST.get("next") or request.GET.get("next") or "") or "/"
    if request.method != "POST":
        return redirect(target) if is_proved(request, now=timezone.now()) else _page(request, ProofForm(), target)
    if refused := ratelimit.consume_or_429(request, action="reauthenticate"):
        return refused
    form = ProofForm(request.POST)
    if form.is_valid() and not request.user.check_password(form.cleaned_data["password"]):
        form.add_error("password", "This is not your password.")
    if not form.is_valid():
        return _page(request, form, target)
    note_proof(request, request.user, KNOWLEDGE)
    request.session.cycle_key()
    return redirect(target)


def _page(request: AccountRequest, form: ProofForm, target: str) -> HttpResponse:
    context = {"form": form, "next": target, "has_device": user_has_device(request.user)}
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "accounts/sudo.html", context, status=status)
