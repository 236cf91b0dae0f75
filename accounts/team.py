"""Who is in an account: their roles, what they see, removal, ownership.

Each deed takes the account's row first, then reads again what it depends on: of two at once, the second sees what the
first did. Nobody gives, changes or takes away a role above their own, and an account always keeps an owner.
"""

from datetime import datetime
from typing import Final

from django.core.exceptions import PermissionDenied

from accounts import audit, letters
from accounts.access import RANK
from accounts.audit import Verb
from accounts.models import Account, Invitation, Membership, Role, User
from putler.kernel.errors import PutlerError

GIVEN: Final = (Role.OWNER, Role.ADMIN, Role.VIEWER)  # what a member can be; other roles come and go by themselves


class TeamError(PutlerError):
    """The team cannot be changed as asked; the sentence is for who asked."""


def change(
    member: Membership, *, role: Role, sources: list[int] | None, actor: Membership, now: datetime
) -> Membership:
    """Give a member another role, or restrict a viewer to the sources of these ids. Inside tenant().

    Raises PermissionDenied where that is more than the actor may do, TeamError where no owner would be left.
    """
    acting, member = _taken(actor, member, now=now)
    _may(acting, Role(member.role))
    _may(acting, role)
    if member.role == Role.OWNER and role != Role.OWNER:
        _keep_an_owner(member)
    was, saw = Role(member.role), member.sources
    member.role, member.sources = role, sources if role == Role.VIEWER else None
    member.save(update_fields=["role", "sources"])
    if RANK[role] < RANK[Role.ADMIN]:
        _withdraw_invitations_of(member)
    if was != role:
        letters.send(letters.role_changed(member.account, role), to=member.user.email)
        tell(member.account, letters.member_changed(member, role), besides=(actor.user_id, member.user_id))
        _note(Verb.ROLE_CHANGED, member, acting, role=role.value)
    if member.sources != saw:
        _note(Verb.SOURCES_OF_MEMBER_CHANGED, member, acting, sees="all" if member.sources is None else "some")
    return member


def remove(member: Membership, *, actor: Membership, now: datetime) -> None:
    """End a membership; the next request of that person is refused. Inside tenant(). Raises as `change`."""
    acting, member = _taken(actor, member, now=now)
    _may(acting, Role(member.role))
    _end(member)
    letters.send(letters.removed(member.account), to=member.user.email)
    tell(member.account, letters.member_gone(member), besides=(actor.user_id,))
    _note(Verb.MEMBER_REMOVED, member, acting)


def leave(member: Membership, *, now: datetime) -> None:
    """End one's own membership. Inside tenant(). Raises TeamError for the last owner."""
    _, member = _taken(member, member, now=now)
    _end(member)
    tell(member.account, letters.member_gone(member))
    _note(Verb.MEMBER_LEFT, member, member)


def hand_over(member: Membership, *, actor: Membership, now: datetime) -> None:
    """Make a member the owner; the owner who does it administers from now on. Inside tenant().

    Raises PermissionDenied for who is no owner.
    """
    acting, member = _taken(actor, member, now=now)
    _may(acting, Role.OWNER)
    if acting.pk == member.pk:
        raise TeamError("You are an owner already.")
    for each, role in ((member, Role.OWNER), (acting, Role.ADMIN)):
        each.role, each.sources = role, None
        each.save(update_fields=["role", "sources"])
        letters.send(letters.role_changed(member.account, role), to=each.user.email)
    tell(member.account, letters.member_changed(member, Role.OWNER), besides=(acting.user_id, member.user_id))
    for each in (member, acting):
        _note(Verb.ROLE_CHANGED, each, acting, role=each.role)


def take(account: Account) -> None:
    """Wait until nobody else changes this team, and let nobody until the end of this transaction."""
    # Not the key: rows that others write for this account refer to it, and would wait.
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)


def authority(actor: Membership, *, now: datetime) -> Membership:
    """The actor's membership as it is now. Raises PermissionDenied where it has ended."""
    found = Membership.objects.select_related("user", "account").filter(pk=actor.pk).first()
    if found is None or (found.expires_at and found.expires_at <= now):
        raise PermissionDenied
    return found


def may_give(actor: Membership, role: Role) -> bool:
    """Whether somebody may give this role, or change it for who has it."""
    own = RANK.get(Role(actor.role), -1)
    return own >= RANK[Role.ADMIN] and own >= RANK[role]


def tell(account: Account, letter: letters.Letter, *, besides: tuple[int, ...] = ()) -> None:
    """Write to the owners and administrators who want to know of the team."""
    people = User.objects.filter(
        memberships__account=account,
        memberships__role__in=(Role.OWNER, Role.ADMIN),
        memberships__wants_team_mail=True,
        memberships__expires_at=None,
        is_active=True,
    )
    for address in people.exclude(pk__in=besides).order_by("pk").values_list("email", flat=True):
        letters.send(letter, to=address)


def _taken(actor: Membership, member: Membership, *, now: datetime) -> tuple[Membership, Membership]:
    """Both as they are now, in the same account, with nobody else at work on its team."""
    take(member.account)
    acting = authority(actor, now=now)
    mine = acting.account.memberships.filter(role__in=GIVEN).select_related("user", "account")
    found = mine.filter(pk=member.pk).first()
    if found is None:
        raise TeamError("This person is no longer in the team.")
    return acting, found


def _may(acting: Membership, role: Role) -> None:
    if not may_give(acting, role):
        raise PermissionDenied


def _end(member: Membership) -> None:
    if member.role == Role.OWNER:
        _keep_an_owner(member)
    _withdraw_invitations_of(member)
    Membership.objects.filter(pk=member.pk).delete()


def _note(verb: Verb, member: Membership, acting: Membership, **detail: str) -> None:
    audit.record(verb, account_id=member.account_id, subject=member.user, actor=acting.user, detail=detail)


def _keep_an_owner(member: Membership) -> None:
    owners = member.account.memberships.filter(role=Role.OWNER, expires_at=None, user__is_active=True)
    if not owners.exclude(pk=member.pk).exists():
        raise TeamError("An account needs an owner. Make somebody else the owner first.")


def _withdraw_invitations_of(member: Membership) -> None:
    """What somebody could no longer give must not arrive later."""
    Invitation.objects.filter(account=member.account, invited_by=member.user, used_at=None).delete()
