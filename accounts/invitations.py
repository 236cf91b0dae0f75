"""Invitations: a mail with a token asks somebody to join an account; it is good once, for 14 days, for that address.

Whether the address belongs to a user plays no part before somebody accepts: nothing here looks for one.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import PermissionDenied
from django.utils.crypto import salted_hmac

from accounts import audit, letters, team
from accounts.audit import Verb
from accounts.models import Account, Invitation, Membership, Role, User
from accounts.team import TeamError
from putler.tenancy import tenant

LIFE: Final = timedelta(days=14)
MOST: Final = 50  # that wait for an answer at a time
NOT_OF_STAFF: Final = "A sign-in of Putler’s staff joins no team. Use another address."
NOT_VALID: Final = "This invitation is no longer valid. Ask for another."


def invite(email: str, *, role: Role, sources: list[int] | None, actor: Membership, now: datetime) -> Invitation:
    """Ask somebody by mail to join; an invitation that waits for the same address is replaced. Inside tenant().

    `sources`: the ids of the sources that a viewer is restricted to. Raises PermissionDenied, TeamError.
    """
    account, email = actor.account, email.strip().lower()
    team.take(account)
    if not team.may_give(team.authority(actor, now=now), role):
        raise PermissionDenied
    if account.memberships.filter(user__email=email, expires_at=None).exists():
        raise TeamError("This person is in the team already.")
    waiting = account.invitations.filter(used_at=None)
    waiting.filter(email=email).delete()
    if waiting.count() >= MOST:
        raise TeamError(f"{MOST} invitations wait for an answer. Withdraw some first.")
    invitation = Invitation(account=account, email=email, role=role, invited_by=actor.user)
    invitation.sources = sources if role == Role.VIEWER else None
    _mail(invitation, by=actor.user, now=now)
    _note(Verb.INVITED, invitation, actor.user, role=role.value)
    return invitation


def send_again(invitation: Invitation, *, actor: Membership, now: datetime) -> None:
    """Mail a new token; the one before is worth nothing from now on. Inside tenant(). Raises as `invite`."""
    _waiting(invitation, actor, now=now)
    invitation.invited_by = actor.user
    _mail(invitation, by=actor.user, now=now)
    _note(Verb.INVITED, invitation, actor.user, role=invitation.role)


def withdraw(invitation: Invitation, *, actor: Membership, now: datetime) -> None:
    """Take an invitation back. Inside tenant(). Raises as `invite`."""
    _waiting(invitation, actor, now=now)
    actor.account.invitations.filter(pk=invitation.pk).delete()
    _note(Verb.INVITATION_WITHDRAWN, invitation, actor.user)


def found(token: str, *, now: datetime) -> Invitation | None:
    """The invitation that this token was mailed for, if it waits for an answer."""
    whose, _, secret = token.partition("-")
    account = Account.objects.by_public_id(whose)
    return _open(account, now=now, digest=_digest(secret)) if account else None


def pending(kept: tuple[str, str] | None, *, now: datetime) -> Invitation | None:
    """The invitation whose link somebody opened: (public id of the account, its own); None once it is not valid."""
    account = Account.objects.by_public_id(kept[0]) if kept else None
    return _open(account, now=now, public_id=kept[1]) if account and kept else None


def accept(invitation: Invitation, *, user: User, now: datetime) -> Membership:
    """Let the user in; somebody who is in already stays what they are. Raises TeamError: not valid, or not theirs."""
    account = invitation.account
    if user.is_staff:
        raise TeamError(NOT_OF_STAFF)
    with tenant(account.pk):
        team.take(account)
        own = account.invitations.filter(pk=invitation.pk, email=user.email, used_at=None, expires_at__gt=now)
        if not own.update(used_at=now):
            raise TeamError(NOT_VALID)
        account.memberships.filter(user=user, expires_at__lte=now).delete()
        given = {"role": invitation.role, "sources": invitation.sources, "joined_at": now}
        membership, is_new = account.memberships.get_or_create(user=user, defaults=given)
        if is_new:
            team.tell(account, letters.member_joined(membership), besides=(user.pk,))
        _note(Verb.INVITATION_ACCEPTED, invitation, user, role=membership.role)
        return membership


def _waiting(invitation: Invitation, actor: Membership, *, now: datetime) -> None:
    """See that it still waits, and that the actor could give what it gives."""
    team.take(actor.account)
    if not team.may_give(team.authority(actor, now=now), Role(invitation.role)):
        raise PermissionDenied
    if not actor.account.invitations.filter(pk=invitation.pk, used_at=None).exists():
        raise TeamError("This invitation was answered or withdrawn meanwhile.")


def _open(account: Account, *, now: datetime, **which: str) -> Invitation | None:
    with tenant(account.pk):
        waiting = account.invitations.filter(used_at=None, expires_at__gt=now, **which)
        return waiting.select_related("invited_by").first()


def _mail(invitation: Invitation, *, by: User, now: datetime) -> None:
    secret = secrets.token_urlsafe(32)
    invitation.digest, invitation.expires_at = _digest(secret), now + LIFE
    invitation.save()
    token = f"{invitation.account.public_id.hex}-{secret}"
    letters.send(letters.invitation(by=by.email, token=token), to=invitation.email)


def _note(verb: Verb, invitation: Invitation, by: User, **detail: str) -> None:
    audit.record(verb, account_id=invitation.account_id, subject=invitation, actor=by, detail=detail)


def _digest(secret: str) -> str:
    return salted_hmac("accounts.invitations", secret, algorithm="sha256").hexdigest()
