"""Webhooks: where providers ring, and the page that tells a merchant how to have them ring."""

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import AccountRequest, account_required
from accounts.models import Role
from datasources.connectors.registry import CONNECTORS
from datasources.forms import HookForm
from datasources.services import hooks
from datasources.services.hooks import Delivery, Outcome
from datasources.services.providers import provider

LARGEST = 1024 * 1024
ANSWERS = {
    Outcome.UNKNOWN: HTTPStatus.NOT_FOUND,
    Outcome.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Outcome.FORGED: HTTPStatus.BAD_REQUEST,
    Outcome.HEARD: HTTPStatus.OK,
    Outcome.HEARD_BEFORE: HTTPStatus.OK,
}


@login_not_required  # whoever rings proves it by the signature
@csrf_exempt
@never_cache
@require_POST
def hear(request: HttpRequest, token: str) -> HttpResponse:
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    outcome = hooks.receive(token, Delivery(body, request.headers), now=timezone.now())
    return HttpResponse(status=ANSWERS[outcome])


@sensitive_post_parameters("secret")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.ADMIN)
def hook(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    source = get_object_or_404(request.account.sources, public_id=public_id, unlinked_at=None)
    scheme = CONNECTORS[source.provider].webhook if source.is_connected else None
    if scheme is None:
        raise Http404
    whose, own = provider(source.provider), hooks.found_hook(source)
    if request.method == "POST" and own is None:
        hooks.hook_of(source)
        return redirect("source_hook", public_id)
    form = HookForm(request.POST if request.method == "POST" else None, prefix_of_secrets=scheme.secret_prefix)
    if own and form.is_valid() and not whose.is_sandbox:
        hooks.keep_secret(own, form.cleaned_data["secret"])
        messages.success(request, f"{whose.connector.label} may ring now. What is new is read within a minute.")
        return redirect("source_hook", public_id)
    found = {"source": source, "hook": own, "address": own and hooks.address(own), "provider": whose, "form": form}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "datasources/hook.html", found | {"scheme": scheme}, status=status)
