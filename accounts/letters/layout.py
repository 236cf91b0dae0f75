"""What every letter looks like, and how it is sent."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

NOBODY: Final = ""  # an address for letters that are written only so that nobody sees that there was nobody to write to


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What a mail says: paragraphs, between them a code or a button, at its end small print."""

    subject: str
    opening: str
    code: str = ""
    action: str = ""
    url: str = ""
    closing: str


def send(letter: Letter, *, to: str) -> None:
    """Put the letter into the outbox, in the current transaction."""
    context = {"letter": letter, "site": settings.PUBLIC_URL}
    readers = [to] if to else []
    message = EmailMultiAlternatives(letter.subject, render_to_string("emails/letter.txt", context), to=readers)
    message.attach_alternative(render_to_string("emails/letter.html", context), "text/html")
    get_connection().send_messages([message])


def link(name: str, **parts: str) -> str:
    """The full address of a page."""
    return settings.PUBLIC_URL + reverse(name, kwargs=parts)


def if_not_you() -> str:
    """What to do about a deed that was somebody else's."""
    return f"If that was not you, choose a new password at once: {link('account_reset_password')}"
