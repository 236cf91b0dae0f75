"""Letters about who is in an account."""

from accounts.letters.layout import Letter, link
from accounts.models import Account, Membership, Role

CAN = {
    Role.OWNER: "You can do everything in it, and say who else is in it.",
    Role.ADMIN: "You can connect sources, import files and manage the team.",
    Role.VIEWER: "You can look at its figures and change nothing.",
}


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
