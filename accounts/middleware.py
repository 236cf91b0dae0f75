"""Who acts in a request, for the audit log; and what was refused to them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse

from accounts import audit
from accounts.audit import Verb

LIMITS: Final = {"refused": "60/h/user"}  # as many refusals are noted
Answer = Callable[[HttpRequest], HttpResponse]


class Audited:
    """Name who sent the request in what it causes, and note a refusal once the refused transaction has ended.

    Strangers who are refused, and whoever is again and again, are told of by the log lines alone: the log would be
    theirs to fill, and nobody could empty it.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with audit.acting(lambda: request.user):
            response = self.get_response(request)
            if response.status_code == HTTPStatus.FORBIDDEN and request.user.is_authenticated and _is_new(request):
                _note_refusal(request)
        return response


def _is_new(request: HttpRequest) -> bool:
    limited = ratelimit.consume(
        request, app="accounts", action="refused", config=LIMITS, user=request.user, limit_get=True
    )
    return bool(limited)


def _note_refusal(request: HttpRequest) -> None:
    account = getattr(request, "account", None)
    route = request.resolver_match.view_name if request.resolver_match else ""
    detail = {"route": route, "method": request.method or ""}
    audit.record(Verb.REFUSED, account_id=account.pk if account else None, detail=detail)
