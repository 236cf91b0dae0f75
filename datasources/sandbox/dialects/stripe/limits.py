"""How fast a key may ask: a bucket of tokens that fills steadily."""

from datetime import datetime
from threading import Lock


class Buckets:
    """One bucket a key; a full one holds a second's worth."""

    def __init__(self, per_second: int) -> None:
        """Fill at that rate."""
        self._rate = per_second
        self._buckets: dict[str, tuple[float, datetime]] = {}
        self._lock = Lock()

    def take(self, key: str, *, now: datetime) -> bool:
        """Take a token for one request; say whether there was one."""
        with self._lock:
            level, since = self._buckets.get(key, (float(self._rate), now))
            level = min(self._rate, level + (now - since).total_seconds() * self._rate)
            allowed = level >= 1
            self._buckets[key] = (level - allowed, now)
            return allowed
