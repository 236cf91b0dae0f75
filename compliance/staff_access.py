"""Staff in an account: asked for, given, declined, ended by its owner; and, on suspicion, taken by two of the staff.

Whoever is let in becomes a member for a while, of the role that only reads. To end it is to delete that membership, so
the next request finds none. Each deed takes the team first, then reads again what it depends on, and is told by the
account's log and by the staff's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django_otp import user_has_device

from accounts import audit, letters, team
from accounts.audit import Verb
from accounts.models import Account, Membership, Role, Scope, User
from compliance import letters as ours
from compliance.models import BreakGlass, StaffAccessGrant
from compliance.models.access import LONGEST, LONGEST_UNASKED
from putler.kernel.errors import PutlerError
from putler.tenancy import tenant

UNASKED: Final = "Opened by an owner, unasked"
ANSWERED: Final = "This request was answered meanwhile, or has waited for too long."


class AccessRefused(PutlerError):
    """Access of staff cannot be asked for, given or ended like this; the sentence is for who tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody of the staff wants to look at, and why."""

    scope: Scope
    reason: str
    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an owner lets them look at, and for how long."""

    scope: Scope
    lasts: timedelta


def ask(account: Account, *, staff: User, wish: Wish, now: datetime) -> StaffAccessGrant:
    """Ask the owners, who are told by mail. Raises AccessRefused."""
    _check_staff(staff)
    with _changing(account):
        if any(one.is_waiting(now=now) for one in account.staffaccessgrants.filter(staff=staff, starts_at=None)):
            raise AccessRefused("You asked already. An owner has to answer first.")
        grant = account.staffaccessgrants.create(
            staff=staff, scope=wish.scope, reason=wish.reason, ticket=wish.ticket, asked_at=now
        )
        tell_owners(account, ours.access_asked(account, staff))
        _note(Verb.GRANT_ASKED, grant, by=staff)
    return grant


def approve(grant: StaffAccessGrant, *, terms: Terms, by: Membership, now: datetime) -> None:
    """Let in who asked, on the owner's terms. Raises AccessRefused, PermissionDenied."""
    with _changing(grant.account):
        owner, own = _owner(by, now=now), _again(grant)
        if not own.is_waiting(now=now):
            raise AccessRefused(ANSWERED)
        letters.send(ours.access_answered(grant.account, is_given=True), to=own.staff.email)
        _begin(own, terms=terms, owner=owner, now=now)


def decline(grant: StaffAccessGrant, *, by: Membership, now: datetime) -> None:
    """Say no. Raises AccessRefused, PermissionDenied."""
    with _changing(grant.account):
        owner, own = _owner(by, now=now), _again(grant)
        if not own.is_waiting(now=now):
            raise AccessRefused(ANSWERED)
        own.revoked_at = now
        own.save(update_fields=["revoked_at"])
        letters.send(ours.access_answered(grant.account, is_given=False), to=own.staff.email)
        _note(Verb.GRANT_DECLINED, own, by=owner)


def open_unasked(account: Account, *, staff: User, terms: Terms, by: Membership, now: datetime) -> StaffAccessGrant:
    """Let somebody of the staff in who did not ask. Raises AccessRefused, PermissionDenied."""
    with _changing(account):
        owner = _owner(by, now=now)
        grant = StaffAccessGrant(
            account=account, staff=staff, scope=terms.scope, reason=UNASKED, ticket="", asked_at=now
        )
        letters.send(ours.access_answered(account, is_given=True), to=staff.email)
        _begin(grant, terms=terms, owner=owner, now=now)
    return grant


def revoke(grant: StaffAccessGrant, *, by: Membership, now: datetime) -> None:
    """End it; the next request of that person finds nothing. Raises AccessRefused, PermissionDenied."""
    with _changing(grant.account):
        owner, own = _owner(by, now=now), _again(grant)
        if not own.is_open(now=now):
            raise AccessRefused("This access has ended already.")
        _end(own, now=now)
        _note(Verb.GRANT_REVOKED, own, by=owner)


def give_back(membership: Membership, *, now: datetime) -> None:
    """End one's own access early, as somebody of the staff."""
    with _changing(membership.account):
        found = permission_of(membership)
        if found is not None:
            _end(found, now=now)
            _note(Verb.GRANT_REVOKED, found, by=membership.user)


def ask_to_break_glass(account: Account, *, by: User, evidence: str, now: datetime) -> BreakGlass:
    """Ask a colleague to agree; the owners are not told of a mere suspicion. Raises AccessRefused."""
    _check_staff(by)
    with _changing(account):
        if waiting_glass(account, now=now):
            raise AccessRefused("Somebody asked already. Read the evidence first.")
        glass = BreakGlass.objects.create(account=account, requested_by=by, evidence=evidence, requested_at=now)
        for colleague in User.objects.filter(is_staff=True, is_active=True).exclude(pk=by.pk).order_by("pk"):
            letters.send(ours.glass_asked(account), to=colleague.email)
        audit.record(Verb.GLASS_BREAK_ASKED, account_id=None, subject=glass, actor=by, detail=_whose(account))
    return glass


def break_glass(glass: BreakGlass, *, by: User, now: datetime) -> None:
    """Let in who asked, for a day; the owners' mail is in the same transaction. Raises AccessRefused."""
    _check_staff(by)
    account = glass.account
    with _changing(account):
        own = _glasses(account).select_related("requested_by").get(pk=glass.pk)
        if by.pk == own.requested_by_id:
            raise AccessRefused("Who asked for it cannot approve it.")
        if not own.is_waiting(now=now):
            raise AccessRefused(ANSWERED)
        _check_staff(own.requested_by)
        own.approved_by, own.starts_at, own.expires_at = by, now, now + LONGEST_UNASKED
        own.save(update_fields=["approved_by", "starts_at", "expires_at"])
        _let_in(own, staff=own.requested_by, scope=Scope.EVERYTHING, now=now)
        tell_owners(account, ours.glass_broken(account, by=own.requested_by, until=own.expires_at))
        _note(Verb.GLASS_BROKEN, own, by=by)


def waiting_glass(account: Account, *, now: datetime) -> BreakGlass | None:
    """The request that a colleague can approve, if there is one. Inside tenant()."""
    rows = _glasses(account).filter(starts_at=None, ended_at=None).select_related("requested_by")
    return next((one for one in rows.order_by("-requested_at") if one.is_waiting(now=now)), None)


def permission_of(membership: Membership) -> StaffAccessGrant | BreakGlass | None:
    """Where a membership of staff comes from."""
    with tenant(membership.account_id):
        account, which = membership.account, {"public_id": membership.grant}
        return account.staffaccessgrants.filter(**which).first() or _glasses(account).filter(**which).first()


def forget_ended(*, now: datetime) -> None:
    """Delete the memberships of staff whose time is over; their permissions stay, to be read."""
    Membership.objects.filter(role=Role.SUPPORT, expires_at__lte=now).delete()


def _glasses(account: Account) -> QuerySet[BreakGlass]:
    return BreakGlass.objects.filter(account=account)


def tell_owners(account: Account, letter: letters.Letter) -> None:
    """Write to every owner; no setting of theirs keeps it back."""
    owners = account.memberships.filter(role=Role.OWNER, user__is_active=True).order_by("pk")
    for address in owners.values_list("user__email", flat=True):
        letters.send(letter, to=address)


@contextmanager
def _changing(account: Account) -> Iterator[None]:
    with tenant(account.pk):
        team.take(account)
        yield


def _owner(by: Membership, *, now: datetime) -> User:
    """Who decides, if they still may."""
    acting = team.authority(by, now=now)
    if acting.role != Role.OWNER:
        raise PermissionDenied
    return acting.user


def _check_staff(user: User) -> None:
    if not (user.is_staff and user.is_active and user_has_device(user)):
        raise AccessRefused("Only active staff with a second factor can look at an account.")


def _again(grant: StaffAccessGrant) -> StaffAccessGrant:
    return grant.account.staffaccessgrants.select_related("staff", "account").get(pk=grant.pk)


def _begin(grant: StaffAccessGrant, *, terms: Terms, owner: User, now: datetime) -> None:
    _check_staff(grant.staff)
    if not timedelta() < terms.lasts <= LONGEST:
        raise AccessRefused("Access lasts seven days at most.")
    grant.scope, grant.granted_by = terms.scope, owner
    grant.starts_at, grant.expires_at = now, now + terms.lasts
    grant.save()
    _let_in(grant, staff=grant.staff, scope=terms.scope, now=now)
    _note(Verb.GRANT_GIVEN, grant, by=owner, scope=terms.scope.value)


def _let_in(permission: StaffAccessGrant | BreakGlass, *, staff: User, scope: Scope, now: datetime) -> None:
    """Make the membership; one that the person has already, by an earlier permission, ends."""
    earlier = Membership.objects.filter(account=permission.account, user=staff).select_related("account").first()
    if earlier and earlier.role != Role.SUPPORT:
        raise AccessRefused("This person is a member of the account.")
    if earlier and earlier.scope == Scope.EVERYTHING and earlier.expires_at and earlier.expires_at > now:
        raise AccessRefused("This person looks at everything already.")
    if earlier and (found := permission_of(earlier)):
        _end(found, now=now)
    Membership.objects.filter(account=permission.account, user=staff).delete()
    Membership.objects.create(
        account=permission.account,
        user=staff,
        role=Role.SUPPORT,
        scope=scope,
        grant=permission.public_id,
        expires_at=permission.expires_at,
    )


def _end(permission: StaffAccessGrant | BreakGlass, *, now: datetime) -> None:
    field = "revoked_at" if isinstance(permission, StaffAccessGrant) else "ended_at"
    if permission.is_open(now=now):
        setattr(permission, field, now)
        permission.save(update_fields=[field])
    Membership.objects.filter(account=permission.account, grant=permission.public_id).delete()


def _note(verb: Verb, permission: StaffAccessGrant | BreakGlass, *, by: User, **detail: str) -> None:
    """Write it into both logs, the account's first: two deeds at once never wait for each other."""
    account = permission.account
    audit.record(verb, account_id=account.pk, subject=permission, actor=by, detail=detail)
    audit.record(verb, account_id=None, subject=permission, actor=by, detail=_whose(account) | detail)


def _whose(account: Account) -> dict[str, str]:
    return {"account": str(account.public_id)}
