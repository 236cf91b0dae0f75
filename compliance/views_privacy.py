"""Settings → Privacy: on one page, what is kept of a member and of the account, who sees it, and what was asked for.

A part of the page is a function here and a template; `OWNERS` lists those that owners see, in their order.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import AccountRequest, person_required
from accounts.models import Account, Role
from compliance import keeping
from compliance.models import DpaRequest, ErasureRequest, ExportRequest, SubProcessor
from putler.tenancy import tenant

SHOWN: Final = 20
Context = dict[str, Any]


class Section(NamedTuple):
    """A part of the page: its template, below templates/settings/privacy/, and what that is given."""

    template: str
    context: Callable[[Account, datetime], Context]


def _agreement(account: Account, now: datetime) -> Context:
    asked = DpaRequest.objects.filter(account=account.public_id).order_by("-changed_at", "-pk").first()
    return {"agreement": asked, "processors": SubProcessor.objects.on(now.date()).count()}


def _access(account: Account, now: datetime) -> Context:
    unexpired = Q(expires_at=None) | Q(expires_at__gt=now)
    members = account.memberships.filter(unexpired).select_related("user").order_by("joined_at", "pk")
    everybody = list(members)
    return {"members": everybody, "staff": sum(one.role == Role.SUPPORT for one in everybody)}


def _requests(account: Account, now: datetime) -> Context:
    own = ErasureRequest.objects.filter(account=account.public_id).order_by("-asked_at", "-pk")
    return {
        "erasures": list(own[:SHOWN]),
        "closing": own.filter(kind=ErasureRequest.Kind.ACCOUNT, due_at__gt=now, cancelled_at=None).first(),
        "receipts": account.purgereceipts.count(),
    }


def _kept(account: Account, now: datetime) -> Context:
    return {"kept": keeping.lines()}


OWNERS: Final = (
    Section("_agreement.html", _agreement),
    Section("_access.html", _access),
    Section("_requests.html", _requests),
    Section("_kept.html", _kept),
)
ADMINS: Final = (Section("_requests.html", _requests),)


@never_cache
@require_safe
@person_required
def privacy_settings(request: AccountRequest) -> HttpResponse:
    now = timezone.now()
    exports = ExportRequest.objects.filter(user=request.user).order_by("-asked_at", "-pk")
    context: Context = {"exports": list(exports[:SHOWN]), "sections": []}
    shown = {Role.OWNER: OWNERS, Role.ADMIN: ADMINS}.get(request.role, ()) if request.account else ()
    if shown:
        with tenant(request.account.pk):
            for section in shown:
                context["sections"].append(
                    (f"settings/privacy/{section.template}", section.context(request.account, now))
                )
            context["is_making"] = any(one.state in ("waiting", "making") for one in context["exports"])
            return render(request, "settings/privacy/page.html", context)
    context["is_making"] = any(one.state in ("waiting", "making") for one in context["exports"])
    return render(request, "settings/privacy/page.html", context)
