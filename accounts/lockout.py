"""Too many wrong passwords for one address: its owner cannot sign in for a few minutes either, and is told so."""

from typing import Final

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest

from accounts import letters
from accounts.models import User

APP: Final = "allauth.account"


def tell(request: HttpRequest, email: str, *, key: str) -> None:
    """Write to the owner, once an hour. For an address that nobody has, as much is done, and the mail goes to nobody.

    `key`: under which wrong tries for the address are counted; a client that tried many addresses shuts nobody out.
    """
    address = email.strip().lower()
    if not address or _is_open(request, key):
        return
    if ratelimit.consume(request, app=APP, action="lockout_letter", key=address):
        user = User.objects.filter(email=address, is_active=True).first()
        letters.send(letters.locked_out(), to=user.email if user else letters.NOBODY)


def _is_open(request: HttpRequest, key: str) -> bool:
    """Whether a further try for this address would be looked at, were it not for the client."""
    rates = settings.ACCOUNT_RATE_LIMITS["login_failed"].split(",")
    own = {"login_failed": ",".join(rate for rate in rates if rate.endswith("/key"))}
    return bool(ratelimit.consume(request, app=APP, action="login_failed", config=own, key=key, dry_run=True))
