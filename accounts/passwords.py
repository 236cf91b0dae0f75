"""What a new password must not be, beside what Django refuses. Nothing is asked of any service."""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ValidationError

SHORTEST: Final = 10
LONGEST: Final = 1024  # characters
LIST: Final = Path(__file__).resolve().parent / "data" / "breached_passwords.bin"
DIGEST: Final = 6  # bytes that the list keeps of each password's SHA-256
OUR_NAME: Final = re.compile(r"p[uüv4@]?[t7][l1|!i][e3]?r", re.IGNORECASE)


class MaximumLength:
    """At most LONGEST characters: enough for any sentence, and a bound on what is hashed."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return f"A password has at most {LONGEST:,} characters."


class NotOurName:
    """The product's name with a year or a few signs around it is the first thing that a stranger tries."""

    def validate(self, password: str, user: Any = None) -> None:
        rest, found = OUR_NAME.subn("", password)
        if found and not any(sign.isalpha() for sign in rest):
            raise ValidationError("This is the name of this site with a few signs.", code="password_our_name")

    def get_help_text(self) -> str:
        return "A password is not the name of this site with a few signs."


class NotBreached:
    """A password that is on the list of known breaches, in whatever case, is tried by every program of thieves."""

    def validate(self, password: str, user: Any = None) -> None:
        if is_breached(password):
            raise ValidationError(
                "This password is on lists of stolen ones. Please choose another.", code="password_breached"
            )

    def get_help_text(self) -> str:
        return "A password is on no list of stolen ones."


def is_breached(password: str) -> bool:
    """Say whether the list has this password."""
    known, wanted = _list(), sha256(password.lower().encode(errors="replace")).digest()[:DIGEST]
    low, high = 0, len(known) // DIGEST
    while low < high:
        middle = (low + high) // 2
        if known[middle * DIGEST : (middle + 1) * DIGEST] < wanted:
            low = middle + 1
        else:
            high = middle
    return known[low * DIGEST : (low + 1) * DIGEST] == wanted


@cache
def _list() -> bytes:
    return LIST.read_bytes()
