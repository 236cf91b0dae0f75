"""The mails that accounts send: one layout in plain text and in HTML, every link from PUBLIC_URL.

No word of a letter comes from who caused it: strangers cannot speak to others through it. Two exceptions: an invitation
names the address of who invites, which was shown to be theirs; letters to members name their account and each other.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.chains import Seal
from accounts.models import Account, Membership, Role

CAN = {
    Role.OWNER: "You can do everything in it, and say who else is in it.",
    Role.ADMIN: "You can connect sources, import files and manage the team.",
    Role.VIEWER: "You can look at its figures and change nothing.",
}

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
        closing=if_not_you(),
    )


def invitation(*, by: str, token: str) -> Letter:
    """To somebody, known or not, who is asked to join an account."""
    return Letter(
        subject="You are invited to an account on Putler",
        opening=f"{by} invites you to an account on Putler, where a business sees what it earns. The page behind "
        "this button says which one, and what you would see of it.",
        action="Look at the invitation",
        url=link("invitation_key", key=token),
        closing="It works once, for 14 days, for this address. If you do not know who invites you, do nothing: "
        "without you nothing comes of it.",
    )


def member_joined(member: Membership) -> Letter:
    """To those who manage the team."""
    return _of_team(member.account, f"{member.user.email} accepted the invitation and is {_as(Role(member.role))} now.")


def member_changed(member: Membership, role: Role) -> Letter:
    """To those who manage the team."""
    return _of_team(member.account, f"{member.user.email} is {_as(role)} now.")


def member_gone(member: Membership) -> Letter:
    """To those who manage the team."""
    return _of_team(member.account, f"{member.user.email} is no longer in the team and can see nothing of it any more.")


def role_changed(account: Account, role: Role) -> Letter:
    """To who has another role now."""
    return Letter(
        subject=f"Your part in {account.name} on Putler was changed",
        opening=f"You are {_as(role)} of {account.name} now. {CAN[role]}",
        action="Open Putler",
        url=link("home"),
        closing="If this surprises you, ask an owner of the account.",
    )


def removed(account: Account) -> Letter:
    """To who was in an account."""
    return Letter(
        subject=f"You are no longer in {account.name} on Putler",
        opening=f"You were removed from {account.name} and see nothing of it any more. Your own sign-in stays.",
        closing="If this surprises you, ask an owner of the account.",
    )


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
        closing="To go on, ask us for more time; imports then catch up by themselves.",
    )


def trial_ended(account: Account) -> Letter:
    """To the owners, once it has."""
    return Letter(
        subject=f"The trial of {account.name} has ended",
        opening="Figures are not shown and nothing is imported until it is extended. Nothing was deleted by that: "
        "settings, team, sources and files stay open, and whatever can be exported or deleted still can.",
        action="See what that means",
        url=link("trial"),
        closing="To go on, ask us for more time; imports then catch up by themselves.",
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


def _of_team(account: Account, sentence: str) -> Letter:
    return Letter(
        subject=f"Your team at {account.name} on Putler",
        opening=sentence,
        action="See the team",
        url=link("team"),
        closing=f"Whether you get these mails: {link('notifications')}",
    )


def _as(role: Role) -> str:
    return {Role.OWNER: "an owner", Role.ADMIN: "an administrator", Role.VIEWER: "a viewer"}[role]


def second_factor_on() -> Letter:
    """After the fact: somebody added a second factor."""
    return Letter(
        subject="Two-factor authentication is on",
        opening="From now on, signing in to Putler with this address takes a code from your authenticator app besides "
        "the password. Every other browser was signed out.",
        action="See your security settings",
        url=link("security"),
        closing=if_not_you(),
    )


def second_factor_off() -> Letter:
    """After the fact: the second factor is gone."""
    return Letter(
        subject="Two-factor authentication is off",
        opening="From now on, the password alone signs in to Putler with this address. Every other browser was signed "
        "out.",
        action="Turn it on again",
        url=link("security"),
        closing=if_not_you(),
    )


def new_recovery_codes() -> Letter:
    """After the fact: the codes before are worth nothing."""
    return Letter(
        subject="You have new recovery codes for Putler",
        opening="A new sheet of recovery codes was just made for this address. The codes before no longer work.",
        action="See your security settings",
        url=link("security"),
        closing=if_not_you(),
    )


def recovery_code_used(*, left: int) -> Letter:
    """After the fact: how many codes are left."""
    return Letter(
        subject="A recovery code was used for Putler",
        opening=f"One of your recovery codes was just used in place of the authenticator app. {left} of them "
        f"{'is' if left == 1 else 'are'} left.",
        action="See your security settings",
        url=link("security"),
        closing=if_not_you(),
    )


def codes_were_tried() -> Letter:
    """To somebody whose password a stranger seems to know."""
    return Letter(
        subject="Wrong codes were tried for Putler",
        opening="Somebody typed wrong codes for this address so often that no further one is looked at for up to 15 "
        "minutes. Codes are asked for after the right password only.",
        action="Choose a new password",
        url=link("account_reset_password"),
        closing="If it was you, wait a little and try again. If it was not, somebody knows your password: choose a new "
        "one now.",
    )


def locked_out() -> Letter:
    """To somebody whose password is being guessed."""
    return Letter(
        subject="Wrong passwords were tried for Putler",
        opening="Somebody typed wrong passwords for this address so often that nobody can sign in with it for up to "
        "five minutes. Browsers that are signed in are not affected.",
        action="Choose a new password",
        url=link("account_reset_password"),
        closing="If it was you, wait a little and try again. If it was not, you need not do anything: the password was "
        f"not found out. A second factor keeps you safe even if it is: {link('security')}",
    )


def confirm_address(*, token: str) -> Letter:
    """The link that shows that a new address is its reader's."""
    return Letter(
        subject="Confirm your new address for Putler",
        opening="Somebody, probably you, wants to sign in to Putler with this address from now on.",
        action="Use this address",
        url=link("confirm_email", key=token),
        closing="The link works once, within 24 hours, in a browser that is signed in. If you did not ask for it, you "
        "need not do anything.",
    )


def address_taken() -> Letter:
    """Instead of a link, to somebody who has a user with this address."""
    return Letter(
        subject="This address is used for Putler already",
        opening="Somebody who is signed in to Putler with another address asked to use this one. You sign in with it "
        "already, so nothing was changed.",
        action="Sign in",
        url=link("account_login"),
        closing="If that was you, sign in with this address, or change it there first. If not, you need not do "
        "anything.",
    )


def address_changed() -> Letter:
    """After the fact, to the address before."""
    return Letter(
        subject="Your address for Putler was changed",
        opening="You sign in to Putler with another address from now on; this one no longer works. Every other browser "
        "was signed out.",
        closing=f"If that was not you, tell the people who run {settings.PUBLIC_URL} at once.",
    )


def second_factor_reset() -> Letter:
    """After the fact, to a member of staff."""
    return Letter(
        subject="Your second factor for Putler was reset",
        opening="One colleague asked for it and two approved: your authenticator app and recovery codes no longer "
        "work, and every browser was signed out. You have to add an app before you can go on.",
        action="Sign in",
        url=link("account_login"),
        closing="If you did not ask for this, tell the others at once.",
    )


def second_factor_demanded(*, is_demanded: bool) -> Letter:
    """After the fact, to the owners of an account."""
    return Letter(
        subject=f"Two-factor authentication is {'demanded' if is_demanded else 'no longer demanded'}",
        opening="An owner of an account of yours changed what its members need: from now on, "
        + ("nobody gets in without two-factor authentication." if is_demanded else "the password alone is enough."),
        action="See your security settings",
        url=link("security"),
        closing=if_not_you(),
    )


def if_not_you() -> str:
    """What to do about a deed that was somebody else's."""
    return f"If that was not you, choose a new password at once: {link('account_reset_password')}"


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
