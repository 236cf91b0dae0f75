"""What is kept of one person who signs in: where it lies, and how it goes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q, QuerySet

from accounts import team
from accounts.models import Account, AuditEvent, Membership, Role, User
from compliance.exporting import files
from compliance.stores import declarations
from putler.kernel.errors import PutlerError
from putler.personal import Whose
from putler.tenancy import TenantModel, tenant

# Kept when a person goes, and why: the words on certificates and pages are these.
STAYS: Final = {
    AuditEvent._meta.label: "Events of audit logs name a random id; with the user gone, it is nobody’s.",
    **dict.fromkeys(
        ("compliance.StaffAccessGrant", "compliance.BreakGlass", "compliance.GrantAccess"),
        "Whom of the staff an account let in, and what they looked at, is kept as long as its audit log.",
    ),
}
_OF_STAFF: Final = ("accounts.DeviceReset", "accounts.DeviceResetApproval", "accounts.TrialExtension", "admin.LogEntry")


class LastOwner(PutlerError):
    """Somebody cannot go before an account has another owner, or is closed."""


def rows_of(user: User, label: str) -> QuerySet[Any]:
    """The rows of a model that are about this person. A tenant's: inside tenant()."""
    rows: QuerySet[Any] = apps.get_model(label)._default_manager.all()
    found = _about(user, label)
    return rows.filter(found) if found else rows.none()


def can_hold(user: User, label: str) -> bool:
    """Whether a row of a model can be known to be about this person."""
    return bool(_about(user, label))


def _about(user: User, label: str) -> Q:
    model = apps.get_model(label)
    if model is User:
        return Q(pk=user.pk)
    found = Q()
    for name, declared in declarations()[label].personal.items():
        field = model._meta.get_field(name)
        if declared.whose is not Whose.MEMBER:
            continue
        if isinstance(field, models.ForeignKey) and field.related_model is User:
            found |= Q(**{name: user.pk})
        elif isinstance(field, models.ForeignKey):  # to a row that has an owner
            found |= Q(**{f"{name}__user": user.pk})
        elif name == "email":
            found |= Q(email=user.email)
        elif name == "actor":
            found |= Q(actor=f"user:{user.public_id}")
    return found


def places() -> Iterator[tuple[str, bool]]:
    """Every model that may hold something of a person, and whether its rows are behind the wall."""
    for label, declared in declarations().items():
        if any(one.whose is Whose.MEMBER for one in declared.personal.values()):
            yield label, _is_walled(apps.get_model(label))


def count(user: User | None) -> dict[str, int]:
    """How much lies where of somebody, in any account; of somebody who is gone, nothing does."""
    asked = [(label, is_walled) for label, is_walled in places() if label not in (*STAYS, *_OF_STAFF)]
    found = {words_of(apps.get_model(label)): 0 for label, _ in asked}
    if user is None:
        return found
    for label, is_walled in asked:
        for account_id in _accounts() if is_walled else [None]:
            found[words_of(apps.get_model(label))] += _counted(user, label, account_id)
    return found


def check_may_go(user: User, *, besides: Account | None = None) -> None:
    """Raise LastOwner where an account would be left without an owner; `besides`: one that goes too."""
    if user.is_staff:
        raise LastOwner("You are one of Putler’s staff. Let a colleague take that from you first.")
    for membership in user.memberships.filter(role=Role.OWNER).exclude(account=besides).select_related("account"):
        others = membership.account.memberships.filter(role=Role.OWNER, expires_at=None, user__is_active=True)
        if not others.exclude(pk=membership.pk).exists():
            raise LastOwner(
                f"You are the only owner of {membership.account.name}. Make somebody else the owner, or close it."
            )


def erase(user: User, *, now: datetime) -> None:
    """End all memberships and delete the person, with all that hangs on them. Safe to repeat. Raises LastOwner."""
    check_may_go(user)
    for membership in user.memberships.select_related("account"):
        _leave(membership, now=now)
    for account_id in _accounts():
        with tenant(account_id):
            for label, is_walled in places():
                if is_walled and label not in (*STAYS, *_OF_STAFF):
                    _own(user, label).delete()
    files.remove_of(user)
    with transaction.atomic():
        for label, is_walled in places():
            if not is_walled and label not in (*STAYS, *_OF_STAFF, User._meta.label):
                rows_of(user, label).delete()
        user.delete()


def _leave(membership: Membership, *, now: datetime) -> None:
    with tenant(membership.account_id):
        try:
            team.leave(membership, now=now)
        except team.TeamError as error:
            raise LastOwner(str(error)) from error


def _own(user: User, label: str) -> QuerySet[Any]:
    """Of what is behind a wall, the rows that go; invitations by them name a number, which is nobody's any more."""
    rows = rows_of(user, label)
    return rows.filter(email=user.email) if label == "accounts.Invitation" else rows


def _counted(user: User, label: str, account_id: int | None) -> int:
    if account_id is None:
        return rows_of(user, label).count()
    with tenant(account_id):
        return _own(user, label).filter(account_id=account_id).count()


def _accounts() -> list[int]:
    return list(Account.objects.order_by("pk").values_list("pk", flat=True))


def _is_walled(model: type[models.Model]) -> bool:
    return issubclass(model, TenantModel) or model is AuditEvent


def words_of(model: type[models.Model]) -> str:
    """What its rows are called on certificates."""
    return _NAMED.get(model._meta.label) or str(model._meta.verbose_name_plural).capitalize()


_NAMED: Final = {"datasources.OAuthState": "Consents asked for"}
