"""The pages of the data processing agreement: the form for everybody, and where the links of its mails lead.

All of it works without signing in. The link of a mail is remembered in the session and leaves the address at once.
"""

from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import enter
from accounts.models import Role
from compliance.agreements import flow, writing
from compliance.documents import Document, pdf
from compliance.forms import AgreementForm, SignatureForm
from compliance.models import DpaDocument, DpaTemplate, Law

IN_SESSION: Final = "agreement"  # holds the key of the link that was followed
READ: Final = "agreement_read"  # holds the digest of the file that this browser was given
NOT_READ: Final = "Open the agreement first: you sign what you read."


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def dpa(request: HttpRequest) -> HttpResponse:
    form = AgreementForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        for action, key in (("dpa", None), ("sign_up_mail", form.cleaned_data["mail"])):
            if refused := ratelimit.consume_or_429(request, action=action, key=key):
                return refused
        flow.ask(form.cleaned_data, now=timezone.now(), account=_account(request))
        context = {"mail": form.cleaned_data["mail"], "days": flow.LINK_LIFE.days}
        return render(request, "compliance/dpa_asked.html", context)
    texts = [(law, DpaTemplate.current(law)) for law in Law]
    context = {"form": form, "texts": texts, "ask": settings.SUPPORT_EMAIL}
    return render(request, "compliance/dpa.html", context, status=_status(form))


@login_not_required
@require_safe
def dpa_text(request: HttpRequest, law: str) -> HttpResponse:
    """Give the newest text under a law, with a blank for the customer."""
    if law not in Law.values:
        raise Http404
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    document = writing.agreement(DpaTemplate.current(law), writing.Customer(), on=midnight)
    return _file(_printed(document, midnight), "data-processing-agreement.pdf")


@login_not_required
@never_cache
@require_safe
def follow_link(request: HttpRequest, key: str) -> HttpResponse:
    request.session[IN_SESSION] = key
    answer = redirect("agreement")
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@login_not_required
@never_cache
@require_safe
def agreement(request: HttpRequest) -> HttpResponse:
    """Show what there is to do at this step: confirm the address, sign, or take the signed file."""
    return _page(request, SignatureForm())


@login_not_required
@never_cache
@require_POST
def confirm_agreement(request: HttpRequest) -> HttpResponse:
    try:
        flow.confirm(_key(request), now=timezone.now())
    except flow.AgreementError as error:
        return _over(request, str(error))
    return render(request, "compliance/agreement_thanks.html", {"step": "confirmed"})


@login_not_required
@never_cache
@require_POST
def sign_agreement(request: HttpRequest) -> HttpResponse:
    """Take a signature for the file that this browser was given, and for no other."""
    form = SignatureForm(request.POST)
    if refused := ratelimit.consume_or_429(request, action="dpa_sign"):
        return refused
    if not form.is_valid():
        return _page(request, form)
    digest = form.cleaned_data["digest"]
    if request.session.get(READ) != digest:
        form.add_error("intent", NOT_READ)
        return _page(request, form)
    now, client = timezone.now(), client_of(request)
    try:
        flow.sign(_key(request), flow.Hand.of(form.cleaned_data["name"], client, now=now), digest=digest, now=now)
    except flow.AgreementError as error:
        return _over(request, str(error))
    return render(request, "compliance/agreement_thanks.html", {"step": "signed"})


@login_not_required
@never_cache
@require_safe
def agreement_file(request: HttpRequest, kind: str) -> HttpResponse:
    """Give a file of the agreement whose link was followed, once it is found to be what it was."""
    asked = flow.opened(_key(request), now=timezone.now())
    if asked is None:
        return _over(request, flow.OVER)
    try:
        document = flow.file_of(asked, kind)
    except DpaDocument.DoesNotExist:
        raise Http404 from None
    except flow.AgreementError as error:
        return damaged(request, str(error))
    request.session[READ] = document.sha256
    return _file(bytes(document.content), f"data-processing-agreement-{kind}.pdf")


def client_of(request: Any) -> tuple[str, str]:
    """The network address and the browser that a request comes from."""
    address, browser = request.session.client
    return address, browser


def damaged(request: HttpRequest, why: str) -> HttpResponse:
    """Refuse a file that is not what was signed."""
    context = {"why": why, "ask": settings.SECURITY_EMAIL}
    return render(request, "compliance/agreement_damaged.html", context, status=HTTPStatus.CONFLICT)


def file_answer(document: DpaDocument) -> HttpResponse:
    """A file of an agreement, to be saved: no page of ours shows what others wrote into it."""
    return _file(bytes(document.content), f"data-processing-agreement-{document.kind}.pdf")


@lru_cache(maxsize=len(Law))
def _printed(document: Document, at: datetime) -> bytes:
    """Printing takes a second of work, and anybody may ask."""
    return pdf(document, at=at)


def _page(request: HttpRequest, form: SignatureForm) -> HttpResponse:
    asked = flow.opened(_key(request), now=timezone.now())
    if asked is None:
        return _over(request, flow.OVER)
    files = {one.kind: one.sha256 for one in asked.documents.defer("content")}
    context: dict[str, Any] = {"asked": asked, "form": form, "files": files, "intent": writing.INTENT}
    context |= {"simple": writing.KIND_OF_SIGNATURE, "has_read": request.session.get(READ) == files.get("offered")}
    return render(request, "compliance/agreement.html", context, status=_status(form))


def _status(form: Any) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


def _key(request: HttpRequest) -> str:
    return str(request.session.get(IN_SESSION, ""))


def _over(request: HttpRequest, why: str) -> HttpResponse:
    return render(request, "compliance/agreement_over.html", {"why": why}, status=HTTPStatus.NOT_FOUND)


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _account(request: Any) -> Any:
    """The public id of the account that an owner who asks is in; None for anybody else."""
    if not request.user.is_authenticated or not enter(request) or request.role != Role.OWNER:
        return None
    return request.account.public_id
