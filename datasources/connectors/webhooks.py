"""Webhooks as connectors understand them: proved on the bytes that came, before anything is read of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from datasources.connectors.errors import ConnectorError

TOLERANCE = timedelta(seconds=300)  # between the moment that was signed and ours


class Forged(ConnectorError):
    """A delivery is not the provider's, or not one of just now."""


class Heard(NamedTuple):
    """An event: its id at the provider, whose it is where it tells, and the lists in which there is something new."""

    ref: str
    streams: tuple[str, ...]
    account: str | None = None


class Webhook(Protocol):
    """How a provider rings. `steps`: what a merchant does there, in order; `secret_prefix`: of what it then shows."""

    steps: tuple[str, ...]
    events: tuple[str, ...]
    secret_prefix: str

    def hear(self, body: bytes, headers: Mapping[str, str], *, secret: str, now: datetime) -> Heard:
        """Prove a delivery and say what it is about. Raises Forged."""
        ...
