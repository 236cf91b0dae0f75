"""Letters about the end of a trial, and of an account."""

from datetime import datetime

from django.conf import settings

from accounts.letters.layout import Letter, link
from accounts.models import Account


def trial_ends(account: Account, *, days: int, on: datetime) -> Letter:
    """To the owners, some days before."""
    when = f"{on.astimezone(account.zone):%-d %B %Y, %H:%M}"
    left = f"{days} days" if days != 1 else "a day"
    return Letter(
        subject=f"The trial of {account.name} ends in {left}",
        opening=f"It ends on {when} ({account.time_zone}). From then on figures are not shown and nothing is imported. "
        "Nothing is deleted by that: settings, team, sources and files stay open, and whatever can be exported or "
        "deleted still can.",
        action="See what that means",
        url=link("trial"),
        closing=f"To go on, ask us for more time: {settings.SUPPORT_EMAIL}. Imports then catch up by themselves.",
    )


def trial_ended(account: Account) -> Letter:
    """To the owners, once it has."""
    return Letter(
        subject=f"The trial of {account.name} has ended",
        opening="Figures are not shown and nothing is imported until it is extended. Nothing was deleted by that: "
        "settings, team, sources and files stay open, and whatever can be exported or deleted still can.",
        action="See what that means",
        url=link("trial"),
        closing=f"To go on, ask us for more time: {settings.SUPPORT_EMAIL}. Imports then catch up by themselves.",
    )


def trial_extended(account: Account, *, on: datetime) -> Letter:
    """To the owners."""
    when = f"{on.astimezone(account.zone):%-d %B %Y, %H:%M}"
    return Letter(
        subject=f"The trial of {account.name} was extended",
        opening=f"It runs until {when} ({account.time_zone}). Imports go on where they stopped.",
        action="Open Putler",
        url=link("home"),
        closing="You need not do anything.",
    )


def account_ends(account: Account, *, days: int, on: datetime, why: str) -> Letter:
    """To the owners, some days before it is closed by itself. `why`: a clause."""
    when = f"{on.astimezone(account.zone):%-d %B %Y, %H:%M}"
    left = f"{days} days" if days != 1 else "a day"
    return Letter(
        subject=f"The account {account.name} will be closed in {left}",
        opening=f"It will be closed after {when} ({account.time_zone}), for {why}. All that is kept of it "
        "is deleted then.",
        action="Open Putler",
        url=link("home"),
        closing="To keep it, sign in; after a trial, ask us for more time, too: "
        f"{settings.SUPPORT_EMAIL}. Whatever you want to take along, export before that day.",
    )
