"""Signing up: a user is made once somebody types the code that was mailed to the address, and never before.

Whether an address is known already is learned only by who reads its mail. It holds by construction: for a known
address the same rows are written by the same queries, one password is hashed and one mail goes out; only the mail says
something else, and the code was told to nobody. Every user's address was thereby shown to be theirs: allauth need not
ask.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import audit, letters
from accounts.models import SignUp, User

DIGITS: Final = 8
TRIES: Final = 5  # wrong codes, after which another must be asked for
LIFE: Final = timedelta(hours=24)


def begin(*, name: str, email: str, password: str, instead_of: str, now: datetime) -> SignUp:
    """Note that somebody wants to sign up, and mail the code; `instead_of`: public id of their try before, or ""."""
    sign_up = SignUp(
        name=name,
        email=email.lower(),
        password=make_password(password),
        terms_version=settings.TERMS_VERSION,
        privacy_version=settings.PRIVACY_VERSION,
        accepted_at=now,
    )
    with transaction.atomic():
        if instead_of:
            SignUp.objects.filter(public_id=instead_of).delete()
        _mail_code(sign_up, now=now)
    return sign_up


def pending(public_id: str, *, now: datetime) -> SignUp | None:
    """The sign-up that waits for its code, if there is one and it did not expire; `public_id` may be empty."""
    return SignUp.objects.filter(public_id=public_id, expires_at__gt=now).first() if public_id else None


def send_again(sign_up: SignUp, *, now: datetime) -> None:
    """Mail another code; the one before is worth nothing from now on."""
    with transaction.atomic():
        _mail_code(sign_up, now=now)


def finish(public_id: str, code: str, *, now: datetime) -> User | None:
    """The new user, if this is the code that was mailed last; None, and one try less, for any other.

    None as well when the address became somebody's meanwhile; of two right codes at once, one makes the user.
    """
    with transaction.atomic():
        waiting = SignUp.objects.select_for_update().filter(public_id=public_id, expires_at__gt=now, tries__lt=TRIES)
        sign_up = waiting.first()
        if sign_up is None:
            return None
        is_right = constant_time_compare(sign_up.code_digest, _digest(sign_up, code))
        user = _new_user(sign_up, now=now) if is_right else None
        if user is None:
            sign_up.tries += 1
            sign_up.save(update_fields=["tries"])
        else:
            sign_up.delete()
            audit.record_of_person(user, audit.Verb.SIGNED_UP)
        return user


def _mail_code(sign_up: SignUp, *, now: datetime) -> None:
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    sign_up.code_digest, sign_up.tries = _digest(sign_up, code), 0
    sign_up.expires_at = now + LIFE
    sign_up.save()
    is_known = User.objects.filter(email=sign_up.email).exists()
    letters.send(letters.known_already() if is_known else letters.code(code), to=sign_up.email)


def _new_user(sign_up: SignUp, *, now: datetime) -> User | None:
    fields = {
        "name": sign_up.name,
        "password": sign_up.password,
        "joined_at": now,
        "terms_version": sign_up.terms_version,
        "privacy_version": sign_up.privacy_version,
        "accepted_at": sign_up.accepted_at,
    }
    user, is_new = User.objects.get_or_create(email=sign_up.email, defaults=fields)
    return user if is_new else None


def _digest(sign_up: SignUp, code: str) -> str:
    """The code under our key, for this sign-up alone."""
    return salted_hmac("accounts.signing_up", f"{sign_up.public_id}:{code}", algorithm="sha256").hexdigest()
