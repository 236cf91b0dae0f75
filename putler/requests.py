"""Every request has an id: on the answer, on the page of an error, in each log line that it causes."""

import logging
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final, NamedTuple

from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger(__name__)
HEADER: Final = "X-Request-Id"
# What a page of ours may use of the machine that shows it: nothing.
PERMISSIONS: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer, autoplay, bluetooth, browsing-topics, camera, display-capture, encrypted-media, fullscreen, "
        "gamepad, geolocation, gyroscope, hid, idle-detection, local-fonts, magnetometer, microphone, midi, payment, "
        "picture-in-picture, screen-wake-lock, serial, usb, web-share, window-management, xr-spatial-tracking"
    ).split(", ")
)
HEADERS: Final = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "private, no-store",  # unless the answer says that it may be kept
}
_current: ContextVar["Current | None"] = ContextVar("current_request", default=None)


class Current(NamedTuple):
    """The request that is being answered."""

    id: str
    request: HttpRequest

    @property
    def route(self) -> str:
        """The address as the site declares it, without ids; empty for one that does not exist."""
        return self.request.resolver_match.route if self.request.resolver_match else ""


class Requests:
    """Name a request, give its answer the headers that every answer has, and write one log line about it.

    The outermost: what the others refuse passes it too. A browser's own id would let strangers write into our log.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        current, begun = Current(secrets.token_hex(8), request), time.monotonic()
        token, request.current = _current.set(current), current  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
            for name, value in {**HEADERS, HEADER: current.id}.items():
                response.headers.setdefault(name, value)
            took = round((time.monotonic() - begun) * 1000)
            log.info("%s %s", request.method, response.status_code, extra={"milliseconds": took})
        finally:
            _current.reset(token)
        return response


class NameRequest(logging.Filter):
    """Give a log line the id and the route of the request that caused it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        after = getattr(getattr(record, "request", None), "current", None)  # Django logs answers once they have left us
        if current := _current.get() or after:
            record.request_id, record.route = current.id, current.route
        return True


def request_id(request: HttpRequest | None = None) -> dict[str, str]:
    """For templates: the id that somebody who writes to us can name."""
    current = _current.get()
    return {"request_id": current.id if current else ""}
