"""Webhooks: events signed as Stripe signs them, posted as the world's clock passes them or on demand.

Source: https://docs.stripe.com/webhooks#verify-manually
"""

import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Lock
from typing import Final
from urllib.parse import urlsplit

from ...wire import Answer, Request, told
from .desk import Object
from .oauth import is_loopback

TIMEOUT: Final = 5  # seconds
FEW: Final = 100

EventsSince = Callable[[datetime, datetime], Iterable[Object]]  # after the first moment, up to the second


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Who wants to hear, and the secret to sign with."""

    url: str
    secret: str


class Hooks:
    """The registered endpoints, and how far each was told."""

    def __init__(self, events: EventsSince, *, account: str, now: Callable[[], datetime]) -> None:
        """Tell the events of that account."""
        self._events, self._account, self._now = events, account, now
        self._told: dict[Endpoint, datetime] = {}
        self._lock = Lock()

    def handle(self, request: Request) -> Answer | None:
        """Answer the addresses of the sandbox's own control; None for others."""
        if request.method != "POST" or not request.path.startswith("/_control/"):
            return None
        form = request.form()
        if request.path == "/_control/webhooks":
            return self._register(form)
        if request.path == "/_control/deliver":
            return told({"delivered": self.deliver(newest=min(int(form.get("newest", "0")), FEW))})
        return None

    def deliver(self, *, newest: int = 0) -> list[int]:
        """Post what happened since the last time, or the `newest` events again; return the answers' statuses."""
        now = self._now()
        with self._lock:
            due = dict(self._told)
            if not newest:
                self._told = dict.fromkeys(self._told, now)
        statuses = []
        for endpoint, since in due.items():
            events = list(self._events(datetime.min.replace(tzinfo=now.tzinfo) if newest else since, now))
            for event in events[-newest:]:
                statuses.append(self._post(endpoint, event))
        return statuses

    def _register(self, form: dict[str, str]) -> Answer:
        url, secret = form.get("url", ""), form.get("secret", "")
        if not is_loopback(url) or urlsplit(url).scheme not in {"http", "https"} or not secret:
            return told({"error": "A webhook needs a secret and an http(s) address on this machine."}, status=400)
        with self._lock:
            self._told[Endpoint(url, secret)] = self._now()
        return told({"url": url})

    def _post(self, endpoint: Endpoint, event: Object) -> int:
        """Post one event; 0 stands for no answer at all."""
        body = json.dumps({**event, "account": self._account}).encode()
        target = urlsplit(endpoint.url)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(body, secret=endpoint.secret, at=self._now()),
        }
        kind = HTTPSConnection if target.scheme == "https" else HTTPConnection
        connection = kind(target.hostname or "", target.port, timeout=TIMEOUT)
        try:
            connection.request("POST", target._replace(scheme="", netloc="").geturl() or "/", body, headers)
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()


def sign(body: bytes, *, secret: str, at: datetime) -> str:
    """Return the header that proves where a body comes from, and when."""
    moment = int(at.timestamp())
    proof = hmac.new(secret.encode(), f"{moment}.".encode() + body, sha256).hexdigest()
    return f"t={moment},v1={proof}"
