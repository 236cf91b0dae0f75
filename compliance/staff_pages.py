"""What staff do on pages of their site: review and sign agreements, enter requests, sub-processors and certificates."""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.models import User
from accounts.sudo import sudo_required
from compliance import hosting, subprocessors
from compliance.agreements import flow, writing
from compliance.forms import AgreementForm, HostingForm, SignatureForm, SubProcessorForm
from compliance.models import DpaDocument, DpaRequest
from compliance.views_agreements import client_of, damaged, file_answer
from putler.kernel.errors import PutlerError

REQUEST_NOTE: Final = "For a request that came by mail. Its address gets a link first, as from the form of the site."
SUB_PROCESSOR_NOTE: Final = "The owners of all accounts get a mail at once. The first day is 30 days off or later."
HOSTING_NOTE: Final = "What the security page may say of the data centre, while the certificate is valid."


@sudo_required()
def review(request: HttpRequest, admin: "ModelAdmin[DpaRequest]", asked: DpaRequest | None) -> HttpResponse:
    """The page of an agreement, and the step that its form asks for."""
    if asked is None:
        raise Http404
    step = request.POST.get("step", "") if request.method == "POST" else ""
    form = SignatureForm(request.POST if step == "countersign" else None)
    if step and (step != "countersign" or form.is_valid()):
        try:
            messages.success(request, _take(request, asked.pk, step, form))
        except flow.AgreementError as error:
            messages.error(request, str(error))
        return redirect("admin:compliance_dparequest_review", asked.public_id)
    asked = DpaRequest.objects.select_related("template").get(pk=asked.pk)
    context = {
        "steps": {name for name, (states, _) in flow.STEPS.items() if asked.state in states},
        "facts": writing.Customer.of(asked).facts,
        "files": [one.kind for one in asked.documents.defer("content").order_by("pk")],
        "signed": asked.evidence.get("signed"),
        "countersigned": asked.evidence.get("countersigned"),
        "intent": writing.INTENT,
    }
    return _page(request, admin, "review_agreement", subject=asked, form=form, **context)


@sudo_required()
def document(request: HttpRequest, admin: "ModelAdmin[DpaRequest]", asked: DpaRequest | None) -> HttpResponse:
    """A file of an agreement, once it is found to be what it was."""
    if asked is None:
        raise Http404
    asked = DpaRequest.objects.get(pk=asked.pk)
    try:
        return file_answer(flow.file_of(asked, request.GET.get("kind", "offered")))
    except DpaDocument.DoesNotExist:
        raise Http404 from None
    except flow.AgreementError as error:
        return damaged(request, str(error))


@sudo_required()
def enter_request(request: HttpRequest, admin: "ModelAdmin[Any]") -> HttpResponse:
    """Enter a request that came by mail."""

    def do(details: dict[str, Any]) -> str:
        flow.ask(details, now=timezone.now(), entered_by=_person(request).public_id)
        return "A link is on its way to the address, which has to be confirmed first."

    return _enter(request, admin, AgreementForm, do, title="Enter a request", note=REQUEST_NOTE)


@sudo_required()
def enter_sub_processor(request: HttpRequest, admin: "ModelAdmin[Any]") -> HttpResponse:
    """Enter a sub-processor and tell all owners."""

    def do(details: dict[str, Any]) -> str:
        subprocessors.announce(details, now=timezone.now())
        return "It stands in the register as announced, and the owners of all accounts are told by mail."

    title = "Announce a sub-processor"
    return _enter(request, admin, SubProcessorForm, do, title=title, note=SUB_PROCESSOR_NOTE)


@sudo_required()
def enter_statement(request: HttpRequest, admin: "ModelAdmin[Any]") -> HttpResponse:
    """State a certificate of the data centre."""

    def do(details: dict[str, Any]) -> str:
        hosting.state(details, now=timezone.now())
        return "It is stated, until the certificate ends."

    return _enter(request, admin, HostingForm, do, title="State a certificate", note=HOSTING_NOTE)


def _take(request: HttpRequest, asked_id: int, step: str, form: SignatureForm) -> str:
    """Do a step of the staff; answers what was done. Raises AgreementError."""
    now = timezone.now()
    if step == "offer":
        flow.offer(asked_id, now=now)
        return "The document is made, and the link to sign it on its way."
    if step == "send_again":
        flow.send_again(asked_id, now=now)
        return "Another link to the file is on its way."
    if step == "decline":
        flow.decline(asked_id, now=now)
        return "Declined, and told so by mail."
    if step != "countersign":
        raise Http404
    hand = flow.Hand.of(form.cleaned_data["name"], client_of(request), now=now)
    flow.countersign(asked_id, hand, by=_person(request), now=now)
    return "Signed by both. Both parties get the way to the file by mail."


def _enter(
    request: HttpRequest,
    admin: "ModelAdmin[Any]",
    kind: type[forms.Form],
    do: Callable[[dict[str, Any]], str],
    **words: str,
) -> HttpResponse:
    """A form, and what it does once it is filled in."""
    form = kind(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            messages.success(request, do(form.cleaned_data))
        except PutlerError as error:
            form.add_error(None, str(error))
        else:
            return redirect(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_changelist")
    return _page(request, admin, "enter", form=form, **words)


def _person(request: HttpRequest) -> User:
    """Who asks, out of the request's proxy."""
    return User.objects.get(public_id=request.user.public_id)  # type: ignore[union-attr]


def _page(request: HttpRequest, admin: Any, name: str, *, form: forms.Form, **more: Any) -> HttpResponse:
    context = admin.admin_site.each_context(request) | {"form": form, "opts": admin.opts} | more
    return render(request, f"admin/{name}.html", context, status=422 if form.errors else 200)
