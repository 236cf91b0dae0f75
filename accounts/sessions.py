"""Where sessions are kept: the cookie holds a key, the database only its digest, so that no row signs anybody in.

A session lasts 14 days from its sign-in at most, and a day without being used; those of staff are shorter. To end the
sessions of a user is to delete their rows and to count one up: whatever was signed in, or about to be, holds the number
before, so it is out with its next request even if its row came too late to be deleted.
"""

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth import SESSION_KEY, update_session_auth_hash
from django.contrib.sessions.backends import db
from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.http import HttpRequest
from django.utils import timezone
from django_otp import device_classes

from accounts.browsers import UNKNOWN
from accounts.models import Session, User

LENGTH: Final = 40  # of the column; 160 bits of the digest
SINCE: Final = "signed_in_at"
LONGEST: Final = timedelta(days=14)
LONGEST_OF_STAFF: Final = timedelta(hours=8)
IDLE: Final = timedelta(hours=24)
IDLE_OF_STAFF: Final = timedelta(minutes=30)
NOTED_EVERY: Final = timedelta(minutes=1)  # how exactly it is known when a session was used last


class SessionStore(db.SessionStore):
    """Sessions in the database; a cookie that cannot be a session's key is no session, whatever bytes it holds.

    `row`: what was found for the cookie, None without any. `client`: who asks, by address and browser.
    """

    row: Session | None = None
    client: tuple[str | None, str] = (None, UNKNOWN)

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key and re.fullmatch(r"[a-z0-9]{32}", key))

    def _get_session_from_db(self) -> Any:
        unexpired = Session.objects.filter(session_key=digest(self.session_key or ""), expire_date__gt=timezone.now())
        self.row = unexpired.annotate(has_device=_has_device()).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def exists(self, session_key: str) -> bool:
        """Say whether there is a session of this key."""
        return super().exists(digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Make the row, named by the digest; since when somebody is signed in outlasts every change of key."""
        now = timezone.now()
        if SESSION_KEY in data:
            data.setdefault(SINCE, now.isoformat())
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        row.session_key = digest(row.session_key)
        row.first_seen = row.last_seen = now
        row.ip, row.browser = self.client
        if SESSION_KEY in data:
            row.user_id = int(data[SESSION_KEY])
            row.first_seen = datetime.fromisoformat(data[SINCE])
            row.expire_date = min(row.expire_date, row.first_seen + LONGEST)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """End a session, this one unless another's key is given."""
        key = session_key or self.session_key
        if key:
            super().delete(digest(key))


def digest(key: str) -> str:
    """What names the session of this key in the database."""
    return hashlib.sha256(key.encode()).hexdigest()[:LENGTH]


def is_over(row: Session, *, is_staff: bool, now: datetime) -> bool:
    """Whether a session lasted too long, or was left alone for too long."""
    longest, idle = (LONGEST_OF_STAFF, IDLE_OF_STAFF) if is_staff else (LONGEST, IDLE)
    return now >= row.first_seen + longest or now >= row.last_seen + idle


def note_use(row: Session, client: tuple[str | None, str], *, now: datetime) -> None:
    """Say in the row that it was used just now, and by whom."""
    if now - row.last_seen >= NOTED_EVERY:
        ip, browser = client
        Session.objects.filter(pk=row.pk).update(last_seen=now, ip=ip, browser=browser)


def of_user(user: User, *, now: datetime) -> list[Session]:
    """The sessions in which this user is signed in, the one used last first."""
    rows = user.sessions.filter(expire_date__gt=now).order_by("-last_seen")
    return [row for row in rows if not is_over(row, is_staff=user.is_staff, now=now)]


def end_all(user: User) -> None:
    """Sign the user out everywhere, and whoever is about to sign in as them."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
        user.sessions.all().delete()
    user.refresh_from_db(fields=["sessions_ended"])


def end_others(request: HttpRequest) -> None:
    """Sign the user out everywhere but here; this session goes on under another key."""
    user: Any = request.user
    own = digest(request.session.session_key or "")
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
        user.sessions.exclude(session_key=own).delete()
        user.refresh_from_db(fields=["password", "sessions_ended"])
        update_session_auth_hash(request, user)


def _has_device() -> Any:
    """Whether the session's user has a second factor: asked in the query that finds the session."""
    found = Q()
    for kind in device_classes():
        found |= Q(Exists(kind.objects.filter(user_id=OuterRef("user_id"), confirmed=True)))
    return ExpressionWrapper(found, output_field=BooleanField())
