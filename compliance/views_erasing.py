"""Asking for an erasure, watching it, and its certificate."""

import uuid
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AccountRequest, account_required, person_required
from accounts.models import Role
from accounts.sudo import sudo_required
from compliance import asking, certificates, closing, members
from compliance.models import ErasureRequest
from datasources.services import forgetting
from putler.tenancy import tenant

UP: Final = HTTPStatus.UNPROCESSABLE_ENTITY
Kind = ErasureRequest.Kind


class SubjectForm(forms.Form):
    """Who is to be forgotten: an address, or a provider's id of a customer."""

    words = forms.CharField(
        max_length=254,
        error_messages={
            "required": "Type an e-mail address, or the id that the provider gave the customer.",
            "max_length": "That is longer than any address or id.",
        },
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.ADMIN)
@sudo_required()
def erase_subject(request: AccountRequest) -> HttpResponse:
    """Look somebody up by what a form says, so that no address stands in a URL; show what goes; then do it."""
    form = SubjectForm(request.POST or None)
    if not form.is_valid():
        return render(request, "compliance/erase_subject.html", {"form": form}, status=UP if form.errors else 200)
    words = form.cleaned_data["words"]
    if "confirmed" not in request.POST:
        ids = forgetting.sought(request.account.pk, words)
        return _plan(request, ids, {"words": words})
    asked = asking.of_subject(
        request.account, words, by=request.user, proof=asking.proof_of(request), now=timezone.now()
    )
    return redirect("erasure", asked.public_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.ADMIN)
@sudo_required()
def erase_customer(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    customer = get_object_or_404(request.account.customers, public_id=public_id)
    if request.method == "POST":
        asked = asking.of_customer(customer, by=request.user, proof=asking.proof_of(request), now=timezone.now())
        return redirect("erasure", asked.public_id)
    return _plan(request, forgetting.whole(customer), {"customer": customer})


@never_cache
@require_safe
@person_required
def erasure(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    """How far an erasure is; for managers of its account, and for who is erased."""
    asked = get_object_or_404(ErasureRequest, public_id=public_id)
    manages = request.account and request.role in {Role.OWNER, Role.ADMIN}
    if not (manages and asked.account == request.account.public_id) and asked.target != request.user.public_id:
        raise Http404
    is_watching = request.headers.get("HX-Target") == "erasure"
    context = {"erasure": asked, "address": request.path, "is_inside": True}
    return render(request, f"compliance/{'_erasure' if is_watching else 'erasure'}.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@person_required
@sudo_required()
def erase_me(request: AccountRequest) -> HttpResponse:
    """What goes when somebody leaves for good, and doing it."""
    try:
        members.check_may_go(request.user)
        if request.method == "POST":
            asked = asking.of_user(request.user, proof=asking.proof_of(request), now=timezone.now())
            return redirect("erasure", asked.public_id)
    except members.LastOwner as error:
        status = UP if request.method == "POST" else HTTPStatus.OK
        return render(request, "compliance/erase_me.html", {"refusal": str(error)}, status=status)
    return render(request, "compliance/erase_me.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.OWNER)
@sudo_required()
def close_account(request: AccountRequest) -> HttpResponse:
    when = request.POST.get("when", "")
    name = request.POST.get("name", "").strip()
    is_meant = name == request.account.name
    if request.method == "POST" and is_meant and when in {"now", "later"}:
        asked = closing.ask(
            request.account, by=request.user, proof=asking.proof_of(request), is_at_once=when == "now",
            now=timezone.now(),
        )  # fmt: skip
        return redirect("erasure", asked.public_id)
    errors = request.method == "POST"
    context = {
        "name": name,
        "when": when or "later",
        "errors": errors,
        "is_meant": is_meant,
        "sources": _named(request),
    }
    return render(request, "compliance/close_account.html", context, status=UP if errors else 200)


@never_cache
@require_POST
@account_required(role=Role.OWNER)
@sudo_required(back="privacy_settings")
def keep_account(request: AccountRequest) -> HttpResponse:
    """Take a closing back, while that is possible."""
    own = ErasureRequest.objects.filter(account=request.account.public_id, kind=Kind.ACCOUNT, done_at=None)
    asked = own.filter(cancelled_at=None).first()
    if asked and closing.take_back(request.account, asked, now=timezone.now()):
        messages.success(request, "The account stays. Connect its sources again, so that new sales arrive.")
    else:
        messages.info(request, "There is no closing that could be taken back.")
    return redirect("privacy_settings")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@person_required
@sudo_required()
def asked_by_mail(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    """Where the link of a mail leads: whoever reads the address on file has proved it, and says what they want."""
    asked = get_object_or_404(ErasureRequest, public_id=public_id, due_at=None, cancelled_at=None)
    if asked.kind == Kind.USER and asked.target == request.user.public_id:
        return redirect("erase_me")
    if request.account is None or request.role != Role.OWNER or asked.account != request.account.public_id:
        raise Http404
    if asked.kind == Kind.ACCOUNT:
        return redirect("close_account")
    with tenant(request.account.pk):
        if request.method == "POST":
            source = get_object_or_404(request.account.sources, public_id=_uuid(request.POST.get("source", "")))
            begun = asking.of_source(source, by=request.user, proof=asking.proof_of(request), now=timezone.now())
            return redirect("erasure", begun.public_id)
        return render(request, "compliance/choose_source.html", {"sources": _named(request)})


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def stop_erasure(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    """Where the notice of an erasure leads, for who reads it; no signing in is needed to keep what is theirs."""
    waiting = ErasureRequest.objects.filter(verified_how=ErasureRequest.Proof.WAITED, public_id=public_id)
    asked = get_object_or_404(waiting)
    if request.method == "POST":
        asking.take_back(asked, now=timezone.now())
        asked.refresh_from_db()
    return render(request, "compliance/stop_erasure.html", {"erasure": asked})


@never_cache
@login_not_required
@require_safe
def certificate(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    return render(request, "compliance/certificate.html", {"erasure": _done(public_id)})


@never_cache
@login_not_required
@require_safe
def certificate_json(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    return _file(certificates.as_json(_done(public_id)), public_id, "json", "application/json")


@never_cache
@login_not_required
@require_safe
def certificate_pdf(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    return _file(certificates.as_pdf(_done(public_id)), public_id, "pdf", "application/pdf")


def _done(public_id: uuid.UUID) -> ErasureRequest:
    return get_object_or_404(ErasureRequest, public_id=public_id, done_at__isnull=False)


def _file(content: str | bytes, public_id: uuid.UUID, kind: str, content_type: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="certificate-{public_id}.{kind}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)


def _plan(request: AccountRequest, ids: set[int], whom: dict[str, Any]) -> HttpResponse:
    """What will go of a customer and what stays, before anything does."""
    people = list(request.account.customers.filter(pk__in=ids).order_by("pk"))
    rows = request.account.transactions.filter(customer__in=ids).count()
    return render(request, "compliance/erase_customer.html", whom | {"people": people, "rows": rows})


def _named(request: AccountRequest) -> list[Any]:
    return list(request.account.sources.order_by("name"))


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error
