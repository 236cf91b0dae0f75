"""What staff see of an account leaves the site only once it is written down that they see it."""

import logging
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from django.db import DatabaseError
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import Membership, Role
from compliance import access_log, staff_access
from putler import shown
from putler.refusals import not_found
from putler.requests import request_id
from putler.tenancy import tenant

log = logging.getLogger(__name__)


class Accesses:
    """Log each request of a member of the staff, in a transaction of its own, before its answer leaves.

    Whatever the view did: also where it failed. Where the permission ended meanwhile, the answer is that there is
    nothing, and no file leaves; where the log cannot be written, nothing leaves either.
    """

    def __init__(self, get_response: Callable[[Any], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.permission = SimpleLazyObject(partial(_permission, request))  # for the banner
        with shown.noting() as metrics:
            response = self.get_response(request)
        membership = getattr(request, "membership", None)
        if membership is None or membership.role != Role.SUPPORT:
            return response
        try:
            with tenant(membership.account_id):
                response = response if _holds(membership) else not_found(request, Http404())
                access_log.write(membership, request, response, metrics)
        except DatabaseError:
            log.exception("An access of staff could not be logged; nothing was shown.")
            return HttpResponse(render_to_string("503.html", request_id()), status=HTTPStatus.SERVICE_UNAVAILABLE)
        return response


def _holds(membership: Membership) -> bool:
    """Whether the permission is still there; it can end only once this is written."""
    own = Membership.objects.select_for_update().filter(pk=membership.pk, expires_at__gt=timezone.now())
    return own.first() is not None


def _permission(request: Any) -> Any:
    return staff_access.permission_of(request.membership)
