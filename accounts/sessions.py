"""Where sessions are kept."""

import re

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Sessions in the database; a cookie that cannot be a session's key is no session, whatever bytes it holds."""

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key and re.fullmatch(r"[a-z0-9]{32}", key))
