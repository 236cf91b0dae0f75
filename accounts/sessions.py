"""Where sessions are kept: the cookie holds a key, the database only its digest, so that no row signs anybody in."""

import hashlib
import re
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.utils import timezone

LENGTH = 40  # of the column; 160 bits of the digest


class SessionStore(db.SessionStore):
    """Sessions in the database; a cookie that cannot be a session's key is no session, whatever bytes it holds."""

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key and re.fullmatch(r"[a-z0-9]{32}", key))

    def _get_session_from_db(self) -> Any:
        found = self.get_model_class().objects.filter(
            session_key=digest(self.session_key or ""), expire_date__gt=timezone.now()
        )
        session = found.first()
        if session is None:
            self._session_key = None
        return session

    def exists(self, session_key: str) -> bool:
        """Say whether there is a session of this key."""
        return super().exists(digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """Make the row, which is named by the digest."""
        row = super().create_model_instance(data)
        row.session_key = digest(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """End a session, this one unless another's key is given."""
        key = session_key or self.session_key
        if key:
            super().delete(digest(key))


def digest(key: str) -> str:
    """What names the session of this key in the database."""
    return hashlib.sha256(key.encode()).hexdigest()[:LENGTH]
