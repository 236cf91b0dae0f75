"""The pages of requests that end badly. They say nothing of the inside, and need neither database nor session."""

from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from putler.requests import request_id


def _page(status: HTTPStatus, template: str) -> HttpResponse:
    return HttpResponse(render_to_string(template, request_id()), status=status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what could not be understood, a forged host among it."""
    return _page(HTTPStatus.BAD_REQUEST, "400.html")


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer who may not do that."""
    return _page(HTTPStatus.FORBIDDEN, "403.html")


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that does not exist, or a thing that is not this account's."""
    return _page(HTTPStatus.NOT_FOUND, "404.html")


@requires_csrf_token
def failed(request: HttpRequest) -> HttpResponse:
    """Answer when we made a mistake."""
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR, "500.html")


@login_not_required
def forged(request: HttpRequest, **reason: Any) -> HttpResponse:
    """Answer a form that does not come from a page of ours, or from one that was left open for too long."""
    return _page(HTTPStatus.FORBIDDEN, "403_csrf.html")
