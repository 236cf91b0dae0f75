"""Letters about the staff's access, to owners and to staff. They name people and accounts, no word that was typed."""

from datetime import datetime

from django.conf import settings

from accounts.letters import Letter, link
from accounts.models import Account, User


def access_asked(account: Account, staff: User) -> Letter:
    """To the owners, who alone can answer."""
    return Letter(
        subject=f"Putler’s staff ask to look at {account.name}",
        opening=f"{staff.email} asks to look at {account.name}, and says why on the page behind this button. There you "
        "say what they may see and for how long, or decline. Until then nobody of ours sees anything.",
        action="Look at the request",
        url=link("access"),
        closing="If you do nothing, nothing happens: the request lapses in 14 days.",
    )


def access_answered(account: Account, *, is_given: bool) -> Letter:
    """To who asked."""
    if not is_given:
        return Letter(
            subject=f"{account.name} declined your request",
            opening="An owner declined that you look at the account.",
            closing="Ask them by the ticket what they need, before you ask again.",
        )
    return Letter(
        subject=f"You may look at {account.name}",
        opening="An owner let you in. What you open is written down, and the owner reads it.",
        action="Enter the account",
        url=link("admin:accounts_account_entering"),
        closing="It ends by itself. Give it back as soon as you need it no longer.",
    )


def glass_asked(account: Account) -> Letter:
    """To the other staff, one of whom has to approve."""
    return Letter(
        subject="A colleague suspects a breach of terms",
        opening="Somebody of the staff asks to look at an account without its owner’s word. It takes a second one who "
        "read the evidence and agrees.",
        action="Read the evidence",
        url=link("admin:accounts_account_break_glass", public_id=str(account.public_id)),
        closing="Its owners are told by mail at the moment when somebody approves. If you are not sure, do not.",
    )


def glass_broken(account: Account, *, by: User, until: datetime) -> Letter:
    """To the owners, at that moment; nobody can turn it off."""
    return Letter(
        subject=f"Putler’s staff look at {account.name} without your permission",
        opening=f"They suspect a breach of terms. {by.email} may look at everything in {account.name}, and change "
        f"nothing, until {_when(account, until)}. A second member of the staff read the evidence and agreed.",
        action="See what they look at",
        url=link("access"),
        closing=f"Each page that they open is written down for you. To ask why, write to {settings.SUPPORT_EMAIL}.",
    )


def _when(account: Account, at: datetime) -> str:
    return f"{at.astimezone(account.zone):%-d %B %Y, %H:%M} ({account.time_zone})"
