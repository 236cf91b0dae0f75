"""The mails that accounts send: one layout in plain text and in HTML, every link from PUBLIC_URL.

No word of a letter comes from who caused it: strangers cannot speak to others through it.
"""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.chains import Seal


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
    message = EmailMultiAlternatives(letter.subject, render_to_string("emails/letter.txt", context), to=[to])
    message.attach_alternative(render_to_string("emails/letter.html", context), "text/html")
    message.send()


def code(digits: str) -> Letter:
    """The code that shows that an address is its reader's."""
    half = len(digits) // 2
    return Letter(
        subject="Your code for Putler",
        opening="Welcome to Putler. Type this code on the page where you signed up:",
        code=f"{digits[:half]} {digits[half:]}",
        closing="It is valid for 24 hours, until you ask for another. If you did not sign up, you need not do "
        "anything: without this code nothing comes of it.",
    )


def known_already() -> Letter:
    """Instead of a code, to somebody who has a user."""
    return Letter(
        subject="You are known to Putler already",
        opening="Somebody, probably you, just signed up with this address. You can sign in with it already, so "
        "nothing was changed.",
        action="Sign in",
        url=link("account_login"),
        closing=f"If you forgot your password, choose a new one: {link('account_reset_password')}",
    )


def reset(*, public_id: str, token: str) -> Letter:
    """The link by which a new password is chosen."""
    return Letter(
        subject="Choose a new password for Putler",
        opening="Somebody, probably you, asked for a new password for this address.",
        action="Choose a new password",
        url=link("account_reset_password_from_key", uidb36=public_id, key=token),
        closing="The link works once, within an hour. If you did not ask for it, you need not do anything: your "
        "password stays as it is.",
    )


def unknown() -> Letter:
    """Instead of a link, to an address that nobody signs in with."""
    return Letter(
        subject="Nobody signs in to Putler with this address",
        opening="Somebody, probably you, asked for a new password for this address, but no one signs in with it. "
        "Perhaps you used another address?",
        action="Create an account",
        url=link("account_signup"),
        closing="If you did not ask for this, you need not do anything.",
    )


def password_changed() -> Letter:
    """After the fact, to the owner of the password."""
    return Letter(
        subject="Your password for Putler was changed",
        opening="The password for this address was just changed, and every other browser was signed out.",
        action="Sign in",
        url=link("account_login"),
        closing=f"If that was not you, choose a new password at once: {link('account_reset_password')}",
    )


def audit_seal(day: date, seal: Seal) -> Letter:
    """What a day's audit logs are verified against, to the address that keeps it."""
    logs = f"{seal.logs} audit log{'s' if seal.logs != 1 else ''}"
    return Letter(
        subject=f"Seal of the audit logs, {day.isoformat()}",
        opening=f"This is the seal of {logs} as of the end of {day.isoformat()} (UTC):",
        code=seal.digest,
        closing="Keep this mail. Whether anything was changed or cut off since, this tells: "
        f"manage.py verify_audit --day {day.isoformat()} --seal {seal.digest}",
    )


def link(name: str, **parts: str) -> str:
    """The full address of a page."""
    return settings.PUBLIC_URL + reverse(name, kwargs=parts)
