"""Another address to sign in with: it counts once its reader, signed in as the user, says so."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from accounts import audit, letters, sessions
from accounts.audit import Verb
from accounts.models import EmailChange, User

LIFE: Final = timedelta(hours=24)


def begin(user: User, email: str, *, now: datetime) -> None:
    """Mail a link to the new address; one that was sent before is worth nothing from now on.

    As much is done, and as much mailed, for an address that belongs to somebody: its owner is told, and nobody else.
    """
    token = secrets.token_urlsafe(32)
    wish = {"email": email, "digest": _digest(token), "expires_at": now + LIFE}
    with transaction.atomic():
        EmailChange.objects.update_or_create(user=user, defaults=wish)
        is_taken = User.objects.filter(email=email).exists()
        letters.send(letters.address_taken() if is_taken else letters.confirm_address(token=token), to=email)
        audit.record_of_person(user, Verb.EMAIL_CHANGE_ASKED)


def waiting(user: User, token: str, *, now: datetime) -> EmailChange | None:
    """The wish that this link confirms, if it is this user's and still good."""
    return EmailChange.objects.filter(user=user, digest=_digest(token), expires_at__gt=now).first()


def finish(request: HttpRequest, user: User, token: str, *, now: datetime) -> bool:
    """Have the user sign in with the new address; of two at once, one does. All other sessions end.

    False for a link that is not good, or whose address became somebody else's.
    """
    try:
        with transaction.atomic():
            wishes = EmailChange.objects.select_for_update()
            wish = wishes.filter(user=user, digest=_digest(token), expires_at__gt=now).first()
            if wish is None:
                return False
            before = User.objects.select_for_update().get(pk=user.pk).email
            User.objects.filter(pk=user.pk).update(email=wish.email)
            wish.delete()
            user.refresh_from_db(fields=["email"])
            sessions.end_others(request)
            letters.send(letters.address_changed(), to=before)
            audit.record_of_person(user, Verb.EMAIL_CHANGED)
    except IntegrityError:
        return False
    return True


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
