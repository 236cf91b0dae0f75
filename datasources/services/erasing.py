"""The places where something of a source or of a file may lie, and how it goes from each, a batch at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.db import connection, models
from django.db.models import Q, QuerySet
from django_q.models import OrmQ, Task

from datasources.models import (
    Booking,
    CustomerIdentity,
    DataSource,
    Line,
    StreamState,
    Superseded,
    Transaction,
    Upload,
)
from datasources.services import arriving, booking, catalogue, people, removing
from putler.personal import Store, Subject
from putler.tenancy import TenantForeignKey, lock, tenant

BY_SOURCE = (  # tables of their own, free of anything that must be counted anew when their rows go
    ("NotDuplicate", "Pairs taken apart"),
    ("SubscriptionEvent", "Events of subscriptions"),
    ("Subscription", "Subscriptions"),
    ("Detail", "Details of movements"),
    ("Statement", "The provider’s totals"),
    ("PayoutPart", "Parts of payouts"),
    ("Reconciliation", "Reconciliation"),
    ("RefusedRecord", "Refused records"),
    ("ProductIdentity", "The provider’s products"),
    ("ImportRun", "History of reading"),
    ("StreamState", "Lists"),
    ("HookEvent", "Events that were heard"),
    ("Hook", "Webhooks"),
    ("Credential", "Credentials"),
    ("OAuthState", "Consents asked for"),
)
JOB = "datasources.tasks.import_stream"
PREFIX = ":1:source/{public_id}/"  # Django's own prefix and version stand before a cached value's name


def rows_of(subject: Subject) -> QuerySet[Transaction]:
    """The rows of the ledger that go."""
    own = Transaction.objects.filter(account_id=subject.account_id)
    return (
        own.filter(source_id=subject.source_id)
        if subject.source_id
        else own.filter(upload_id__in=_ids(subject.upload_id))
    )


def ledger() -> Store:
    """The rows with their lines, versions, bookings and pairs; what stood in relation to them is booked again."""
    hanging: tuple[tuple[type[models.Model], str], ...] = (
        (Line, "transaction__in"),
        (Superseded, "transaction__in"),
        (Booking, "transaction__in"),
    )

    def count(subject: Subject) -> int:
        rows = rows_of(subject)
        ids = rows.values("pk")
        return rows.count() + sum(model._default_manager.filter(**{name: ids}).count() for model, name in hanging)

    def erase(subject: Subject) -> bool:
        return removing.remove_rows(rows_of(subject), subject.account_id, with_files=subject.upload_id is None)

    held = ("Transaction", "Line", "Superseded", "Booking", "BookedLine", "DuplicateLink")
    return Store("Rows of the ledger", count, erase, tuple(f"datasources.{name}" for name in held))


def people_of() -> Store:
    """Those whom the source knows: gone, unless another knows them too, who then keeps what it has told itself."""

    def known(subject: Subject) -> QuerySet[CustomerIdentity]:
        return CustomerIdentity.objects.filter(account_id=subject.account_id, source_id=subject.source_id)

    def count(subject: Subject) -> int:
        customers = set(known(subject).values_list("customer_id", flat=True))
        customers |= set(rows_of(subject).exclude(customer=None).values_list("customer_id", flat=True).distinct())
        for left in (people.unowned(subject.account_id), people.headless(subject.account_id)):
            customers |= set(left.values_list("pk", flat=True))
        products = (catalogue.unowned(subject.account_id), catalogue.headless(subject.account_id))
        return len(customers) + sum(left.count() for left in products)

    def erase(subject: Subject) -> bool:
        if subject.source_id and removing.remove_identities(subject.account_id, subject.source_id):
            return True
        return removing.remove_unowned(subject.account_id)

    held = ("CustomerIdentity", "Customer", "Product", "Rebooking")
    return Store("Customers and products", count, erase, tuple(f"datasources.{name}" for name in held))


def table(model: type[models.Model], label: str) -> Store:
    """The rows of a table that name the source."""
    paths = [field.name for field in model._meta.local_fields if _leads_to(field, DataSource)]
    if not paths:
        paths = [f"{f.name}__source" for f in model._meta.local_fields if isinstance(f, TenantForeignKey)]

    def rows(subject: Subject) -> QuerySet[models.Model]:
        own = model._default_manager.filter(account_id=subject.account_id)
        if subject.source_id is None:
            return own.none()
        named = Q()
        for path in paths:
            named |= Q(**{path: subject.source_id})
        return own.filter(named)

    def erase(subject: Subject) -> bool:
        with tenant(subject.account_id):
            some = list(rows(subject).order_by("pk").values_list("pk", flat=True)[: removing.BATCH])
            model._default_manager.filter(account_id=subject.account_id, pk__in=some).delete()
        return bool(some)

    return Store(label, lambda subject: rows(subject).count(), erase, (model._meta.label,))


def files() -> Store:
    """What was handed in: the file itself, and the entries of files that brought nothing but the source's rows."""

    def found(subject: Subject) -> QuerySet[Upload]:
        own = Upload.objects.filter(account_id=subject.account_id)
        source = _source(subject)
        if source is None:
            return own.none()
        others = Transaction.objects.filter(account_id=subject.account_id).exclude(source_id=source.pk)
        brought = Q(transactions__source=source) & ~Q(pk__in=others.exclude(upload=None).values("upload"))
        return own.filter(brought | (Q(transactions=None) & removing.named_in_files(source))).distinct()

    def paths(subject: Subject) -> list[Path]:
        entry = Upload.objects.filter(account_id=subject.account_id, pk__in=_ids(subject.upload_id))
        every = [*found(subject).values_list("path", flat=True), *entry.values_list("path", flat=True)]
        return [path for path in map(Path, every) if removing.is_ours(path) and path.exists()]

    def erase(subject: Subject) -> bool:
        with tenant(subject.account_id):
            for path in paths(subject):
                path.unlink(missing_ok=True)
            ids = list(found(subject).values_list("pk", flat=True)[: removing.BATCH])
            return bool(removing.remove_files(subject.account_id, Q(pk__in=ids)))

    return Store("Files", lambda subject: found(subject).count() + len(paths(subject)), erase, ("datasources.Upload",))


def jobs() -> Store:
    """Jobs that were queued or done for the source's lists; and for lists that are no longer there."""

    def found(subject: Subject) -> list[OrmQ | Task]:
        own = StreamState.objects.filter(account_id=subject.account_id)
        others = set(own.exclude(source_id=subject.source_id).values_list("pk", flat=True))
        return [job for job in _jobs(subject.account_id) if _args(job)[1] not in others]

    def erase(subject: Subject) -> bool:
        with tenant(subject.account_id):
            for job in found(subject):
                job.delete()
        return False

    return Store("Jobs", lambda subject: len(found(subject)) if subject.source_id else 0, erase)


def cached() -> Store:
    """Cached values whose names begin with the source's id."""

    def ask(statement: str, subject: Subject) -> int:
        source = _source(subject)
        if source is None:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(statement, [PREFIX.format(public_id=source.public_id)])
            return int(cursor.fetchall()[0][0]) if cursor.description else cursor.rowcount

    def erase(subject: Subject) -> bool:
        with tenant(subject.account_id):
            ask("DELETE FROM putler_cache WHERE starts_with(cache_key, %s)", subject)
        return False

    return Store("Cache", lambda s: ask("SELECT count(*) FROM putler_cache WHERE starts_with(cache_key, %s)", s), erase)


def entry() -> Store:
    """The entry of the source or of the file itself; after a file, sources too that are left without rows."""

    def count(subject: Subject) -> int:
        uploads = Upload.objects.filter(account_id=subject.account_id, pk__in=_ids(subject.upload_id))
        return int(_source(subject) is not None) + uploads.count()

    def erase(subject: Subject) -> bool:
        with tenant(subject.account_id):
            if subject.upload_id:
                lock(booking.LOCK, subject.account_id)  # another import may be about to post into one of its sources
                arriving.settle(subject.account_id)
            Upload.objects.filter(account_id=subject.account_id, pk__in=_ids(subject.upload_id)).delete()
            own = DataSource.objects.filter(account_id=subject.account_id, pk__in=_ids(subject.source_id))
            own.exclude(purging_at=None).delete()
        return False

    return Store("Its own entry", count, erase, ("datasources.DataSource",), is_last=True)


def _leads_to(field: Any, model: type[models.Model]) -> bool:
    return isinstance(field, TenantForeignKey) and field.related_model is model


def _source(subject: Subject) -> DataSource | None:
    return DataSource.objects.filter(account_id=subject.account_id, pk__in=_ids(subject.source_id)).first()


def _ids(pk: int | None) -> list[int]:
    return [] if pk is None else [pk]


def _jobs(account_id: int) -> Iterator[OrmQ | Task]:
    """Those of importing that were queued or done for the account."""
    every: Sequence[OrmQ | Task] = [*OrmQ.objects.all(), *Task.objects.filter(func=JOB)]
    for job in every:
        name = job.task.get("func") if isinstance(job, OrmQ) else job.func
        if name == JOB and len(_args(job)) > 1 and _args(job)[0] == account_id:
            yield job


def _args(job: OrmQ | Task) -> tuple[object, ...]:
    return tuple((job.task.get("args") if isinstance(job, OrmQ) else job.args) or ())
