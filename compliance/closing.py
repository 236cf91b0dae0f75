"""Closing an account: sources and files by the machine that deletes, then all behind its wall, then the account."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from django.apps import apps
from django.db import transaction
from django.db.models import Model

from accounts.models import Account, Membership, Role, User
from compliance import asking, members, purging
from compliance.exporting import files
from compliance.models import ErasureRequest, ExportRequest, Objection
from datasources.models import DataSource, Upload
from datasources.services import unlinking
from putler.tenancy import TenantModel, tenant

BATCH: Final = 5_000
OUTSIDE: Final = "Members", "Exports", "Objections to sub-processors", "The account itself"
Clock = Callable[[], datetime]
Row = TypeVar("Row", DataSource, Upload)


def tables() -> list[type[Model]]:
    """Every table behind the wall, but for the logs of the staff's access, which end with the audit log."""
    walled = (model for model in apps.get_models() if issubclass(model, TenantModel) and model._meta.managed)
    found = (model for model in walled if model._meta.label not in members.STAYS)
    return sorted(found, key=lambda model: model._meta.label)


def count(account: Account | None) -> dict[str, int]:
    """How much lies where of an account; of one that is gone, nothing does."""
    names = [members.words_of(model) for model in tables()]
    if account is None:
        return dict.fromkeys([*names, *OUTSIDE], 0)
    with tenant(account.pk):
        rows = [model._default_manager.filter(account_id=account.pk).count() for model in tables()]
    outside = (
        Membership.objects.filter(account=account.pk),
        ExportRequest.objects.filter(account=account.public_id),
        Objection.objects.filter(account=account.public_id),
        Account.objects.filter(pk=account.pk),
    )
    return dict(zip([*names, *OUTSIDE], [*rows, *(found.count() for found in outside)], strict=True))


def ask(account: Account, *, by: User, proof: ErasureRequest.Proof, is_at_once: bool, now: datetime) -> ErasureRequest:
    """Close an account: hide its sources at once, and delete all of it now or in 14 days."""
    unlink_all(account, now=now)
    return asking.of_account(account, by=by, proof=proof, is_at_once=is_at_once, now=now)


def take_back(account: Account, request: ErasureRequest, *, now: datetime) -> bool:
    """Keep an account after all, with the sources that were hidden for it; False where its deletion has begun."""
    with transaction.atomic():
        if not asking.take_back(request, now=now):
            return False
        restore_all(account, unlinked_at=request.asked_at, now=now)
    return True


def unlink_all(account: Account, *, now: datetime) -> None:
    """Hide every source at once, and give up what lets us read it."""
    with tenant(account.pk):
        linked = list(account.sources.filter(unlinked_at=None))
    for source in linked:
        unlinking.unlink(source=source, now=now)


def restore_all(account: Account, *, unlinked_at: datetime, now: datetime) -> None:
    """Bring the sources back that the closing had hidden."""
    with tenant(account.pk):
        hidden = list(account.sources.filter(unlinked_at=unlinked_at, purging_at=None))
    for source in hidden:
        unlinking.restore(source=source, now=now)


def close(account: Account, *, clock: Clock) -> None:
    """Delete all of it. Safe to repeat: begun again, it goes on with what is left."""
    unlink_all(account, now=clock())
    for source in _all(account, DataSource):
        unlinking.delete_now(source=source, now=clock())
        purging.purge_source(account.pk, source.pk, clock=clock)
    for upload in _all(account, Upload):
        purging.purge_file(account.pk, upload.pk, clock=clock)
    for model in tables():
        while _delete_some(account, model):
            pass
    files.remove_of_account(account)
    with transaction.atomic():
        for user in _only_here(account):
            asking.of_who_is_left(user, now=clock())
        Objection.objects.filter(account=account.public_id).delete()
        account.memberships.all().delete()
        account.delete()


def owners(account: Account) -> list[User]:
    """Who is told what becomes of it."""
    found = User.objects.filter(memberships__account=account, memberships__role=Role.OWNER, is_active=True)
    return list(found.order_by("pk"))


def _only_here(account: Account) -> list[User]:
    """The people who are in no other account: with their last membership, what is kept of them goes."""
    elsewhere = User.objects.filter(memberships__in=Membership.objects.exclude(account=account))
    here = User.objects.filter(memberships__account=account, is_staff=False)
    return list(here.exclude(pk__in=elsewhere.values("pk")).order_by("pk"))


def _all(account: Account, model: type[Row]) -> list[Row]:
    with tenant(account.pk):
        return list(model.objects.filter(account_id=account.pk).order_by("pk"))


def _delete_some(account: Account, model: type[Model]) -> bool:
    with tenant(account.pk):
        own = model._default_manager.filter(account_id=account.pk)
        some = list(own.order_by("pk").values_list("pk", flat=True)[:BATCH])
        own.filter(pk__in=some)._raw_delete(own.db)
    return bool(some)
