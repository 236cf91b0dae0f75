"""Codes and tokens of the consent: each carries its own proof, so that a restarted sandbox still knows them."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Final

CODE, ACCESS, REFRESH = "ac_", "sk_test_granted_", "rt_"
CODE_LIVES: Final = timedelta(minutes=5)
GRANT, MOMENT = 16, 8  # hexadecimal letters


@dataclass(frozen=True, slots=True)
class Client:
    """The application that asks: its identifier, and the secret that is also its platform key."""

    identifier: str
    secret: str


class Tokens:
    """Gives codes and tokens and knows its own again; what was revoked is forgotten with a restart."""

    def __init__(self, secret: str, *, now: Callable[[], datetime]) -> None:
        """Sign with the client's secret."""
        self._secret, self._now = secret.encode(), now
        self._used: set[str] = set()
        self._revoked: set[str] = set()
        self._nothing_before: datetime | None = None
        self._lock = Lock()

    def code(self) -> str:
        """Give a code for a consent."""
        return self._make(CODE, secrets.token_hex(GRANT // 2))

    def redeem(self, code: str) -> str | None:
        """Take a code and return its grant; a code used twice ends the grant."""
        grant, given_at = self._read(CODE, code)
        if grant is None or given_at is None or self._now() - given_at > CODE_LIVES:
            return None
        with self._lock:
            if grant in self._used:
                self._revoked.add(grant)
                return None
            self._used.add(grant)
        return grant

    def refresh(self, token: str) -> str | None:
        """Return the grant of a refresh token that still holds."""
        return self._grant(REFRESH, token)

    def pair(self, grant: str) -> tuple[str, str]:
        """Give an access token and a refresh token."""
        return self._make(ACCESS, grant), self._make(REFRESH, grant)

    def is_access(self, token: str) -> bool:
        """Say whether an access token was given here and holds."""
        return self._grant(ACCESS, token) is not None

    def end_all(self) -> None:
        """Revoke whatever was given so far."""
        self._nothing_before = self._now()

    def _grant(self, prefix: str, token: str) -> str | None:
        grant, given_at = self._read(prefix, token)
        if grant is None or given_at is None or grant in self._revoked:
            return None
        return None if self._nothing_before and given_at <= self._nothing_before else grant

    def _make(self, prefix: str, grant: str) -> str:
        body = f"{grant}{int(self._now().timestamp()):0{MOMENT}x}"
        return f"{prefix}{body}{self._proof(prefix, body)}"

    def _read(self, prefix: str, token: str) -> tuple[str | None, datetime | None]:
        body = token.removeprefix(prefix)[: GRANT + MOMENT]
        if not hmac.compare_digest(token.encode(), f"{prefix}{body}{self._proof(prefix, body)}".encode()):
            return None, None
        return body[:GRANT], datetime.fromtimestamp(int(body[GRANT:], 16), self._now().tzinfo)

    def _proof(self, prefix: str, body: str) -> str:
        return hmac.new(self._secret, f"{prefix}{body}".encode(), sha256).hexdigest()[:32]
