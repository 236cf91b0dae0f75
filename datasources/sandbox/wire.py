"""A request and an answer as plain values, so that dialects need no server to be tried."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent: `path` without the dialect's prefix, header names in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def asked(self) -> list[tuple[str, str]]:
        """List the parameters of the address, in their order."""
        return parse_qsl(self.query, keep_blank_values=True)

    def form(self) -> dict[str, str]:
        """Return the fields of a posted form, or of a posted JSON object of strings."""
        if self.headers.get("content-type", "").startswith(JSON):
            return {str(key): str(value) for key, value in json.loads(self.body or b"{}").items()}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def key(self) -> str | None:
        """Return the API key: a bearer token, or the user name of basic authentication."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return value.strip()
        if scheme.lower() != "basic":
            return None
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server sends back."""

    status: int
    body: bytes = b""
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


Fault = Callable[[Request], Answer | None]
Handler = Callable[[Request], Answer]


def no_fault(_: Request) -> Answer | None:
    """Let every request pass."""
    return None


def told(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with JSON."""
    return Answer(status, json.dumps(value).encode(), headers=headers or {})
