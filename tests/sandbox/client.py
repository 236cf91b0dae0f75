"""A plain reader of the sandbox; it knows HTTP and nothing else."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

Pairs = Mapping[str, object] | Sequence[tuple[str, object]]


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Client:
    """Asks below one address with one key."""

    base: str
    key: str | None = "rk_test_sandbox_reader"
    version: str | None = None

    def ask(self, path: str, params: Pairs = (), *, method: str = "GET", body: Pairs | None = None) -> Reply:
        """Send one request."""
        base = urlsplit(self.base)
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if self.version:
            headers["Stripe-Version"] = self.version
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection(base.hostname or "", base.port, timeout=20)
        try:
            target = f"{base.path}{path}" + (f"?{urlencode(params)}" if params else "")
            connection.request(method, target, urlencode(body) if body is not None else None, headers)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, **params: object) -> Any:
        """Read one answer, which must be a success."""
        reply = self.ask(path, params)
        assert reply.status == 200, reply.body
        return reply.json

    def every(self, path: str, **params: object) -> Iterator[Any]:
        """Read a whole list, page by page."""
        more = True
        while more:
            page = self.get(path, **{"limit": 100, **params})
            yield from page["data"]
            more = page["has_more"]
            params["starting_after"] = page["data"][-1]["id"] if page["data"] else ""
