"""Sources that a file brings: in no figure before the file is imported to its end."""

from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from datasources.connectors.base import Draft, MovementDraft
from datasources.models import FILES, DataSource, Transaction, Upload, UploadState


def source_named(account_id: int, name: str, *, kind: str) -> DataSource:
    """The linked source of this name; one that is made now is hidden until `arrive`. Inside tenant()."""
    source, _ = DataSource.objects.get_or_create(
        account_id=account_id,
        name=name,
        unlinked_at=None,
        defaults={"provider": FILES, "kind": kind, "is_arriving": True},
    )
    return source


def sources_named(account_id: int, names: Collection[str]) -> QuerySet[DataSource]:
    """The linked sources of these names. Inside tenant()."""
    return DataSource.objects.filter(account_id=account_id, name__in=names, unlinked_at=None)


def arrive(upload: Upload, names: Collection[str]) -> None:
    """Let the sources of these names count, all of whose rows are in now. Inside tenant()."""
    let_in(upload, name__in=names, unlinked_at=None)


def let_in(upload: Upload, **which: object) -> None:
    """Let such sources count, but for those into which another file is still being imported."""
    others = Upload.objects.filter(account_id=upload.account_id, state=UploadState.IMPORTING).exclude(pk=upload.pk)
    busy = Transaction.objects.filter(account_id=upload.account_id, upload__in=list(others)).values("source_id")
    hidden = DataSource.objects.filter(account_id=upload.account_id, is_arriving=True, **which)
    hidden.exclude(pk__in=busy).update(is_arriving=False)


def settle(account_id: int) -> None:
    """After rows were deleted: drop sources of files that are left without any, let in those that nobody fills."""
    own = DataSource.objects.filter(account_id=account_id, provider=FILES, unlinked_at=None)
    own.filter(transactions=None).delete()
    busy = Upload.objects.filter(account_id=account_id, state=UploadState.IMPORTING)
    filling = Transaction.objects.filter(account_id=account_id, upload__in=list(busy)).values("source_id")
    own.filter(is_arriving=True).exclude(pk__in=filling).update(is_arriving=False)


def told_by_provider(source: DataSource, ids: Collection[str]) -> set[str]:
    """Which of these movements the provider has told itself: it knows them better than a file. Inside tenant()."""
    if not source.is_connected:
        return set()
    rows = Transaction.objects.filter(account_id=source.account_id, source=source, external_id__in=ids, upload=None)
    return set(rows.values_list("external_id", flat=True))


def take_over(source: DataSource, drafts: Iterable[Draft]) -> None:
    """Note that the provider tells these movements itself now: they no longer go with the file that brought them.

    Inside tenant().
    """
    ids = [draft.external_id for draft in drafts if isinstance(draft, MovementDraft)]
    rows = Transaction.objects.filter(account_id=source.account_id, source=source, external_id__in=ids)
    rows.exclude(upload=None).update(upload=None)
