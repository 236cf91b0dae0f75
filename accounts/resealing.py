"""Another sealing key, while the site runs: what older keys sealed is sealed again with the newest.

A value is replaced where it still reads as it was read, so nothing that is written meanwhile is lost. A row that is
sealed with the newest key is done, so this may be stopped at any moment and begun again.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Final, NamedTuple

from django.db import models, transaction
from django.db.models import Count, F, Func, Value

from accounts import audit
from accounts.audit import Verb
from accounts.models import Account
from putler.kernel.encryption import VERSION, SealError
from putler.sealing import SealedField, keyring, sealed_fields
from putler.tenancy import TenantModel, tenant

BATCH: Final = 200  # values in one transaction


class Batch(NamedTuple):
    """What became of some values of one column: sealed again, written by somebody else meanwhile, opened by no key."""

    column: str
    resealed: int
    missed: int
    closed: int


class Needed(NamedTuple):
    """How many values of a column another key than the newest has sealed."""

    column: str
    key: str
    values: int


def reseal(*, size: int = BATCH) -> Iterator[Batch]:
    """Seal everything with the newest key; yields what it did after each commit. Outside tenant()."""
    total = 0
    while True:
        missed = 0
        for field, account_id in _homes():
            for batch in _walk(field, account_id, size):
                total += batch.resealed
                missed += batch.missed
                yield batch
        if not missed:
            break
    if total:
        audit.record(Verb.KEYS_ROTATED, account_id=None, detail={"key": _newest(), "values": total})


def needed() -> list[Needed]:
    """What other keys than the newest have sealed: until there is none, no key can go. Outside tenant()."""
    found: Counter[tuple[str, str]] = Counter()
    key = Func(F("value"), Value("."), Value(2), function="split_part", output_field=models.TextField())
    for field, account_id in _homes():
        with _inside(account_id):
            rows = _others(field, account_id).annotate(value=F(field.attname)).annotate(key=key)
            for name, count in rows.order_by().values("key").annotate(n=Count("pk")).values_list("key", "n"):
                found[_name(field), name] += count
    return [Needed(*place, count) for place, count in sorted(found.items())]


def _walk(field: SealedField, account_id: int | None, size: int) -> Iterator[Batch]:
    last = 0
    while True:
        with _inside(account_id):
            others = _others(field, account_id).filter(pk__gt=last).select_related(*_way(field))
            rows = list(others.order_by("pk")[:size])
            done = Counter(_reseal_one(field, row) for row in rows)
        if not rows:
            return
        last = rows[-1].pk
        yield Batch(_name(field), done["resealed"], done["missed"], done["closed"])


def _reseal_one(field: SealedField, row: models.Model) -> str:
    """Replace one value, unless somebody else did; says what became of it."""
    old, place = getattr(row, field.attname), field.place(row)
    try:
        plain = keyring().unseal(old, **place)
    except SealError:
        return "closed"
    same = _rows(field, getattr(row, "account_id", None)).filter(pk=row.pk, **{field.attname: old})
    return "resealed" if same.update(**{field.attname: keyring().seal(plain, **place)}) else "missed"


def _homes() -> Iterator[tuple[SealedField, int | None]]:
    """Each column, and each account that may have rows in it; None for one that stands before the wall."""
    behind = [field for field in sealed_fields() if issubclass(field.model, TenantModel)]
    yield from ((field, None) for field in sealed_fields() if field not in behind)
    for account_id in Account.objects.order_by("pk").values_list("pk", flat=True):
        yield from ((field, account_id) for field in behind)


def _inside(account_id: int | None) -> AbstractContextManager[None]:
    return transaction.atomic() if account_id is None else tenant(account_id)


def _others(field: SealedField, account_id: int | None) -> models.QuerySet[models.Model]:
    """The rows whose value another key than the newest has sealed."""
    newest = {f"{field.attname}__startswith": f"{VERSION}.{_newest()}."}
    return _rows(field, account_id).exclude(**newest).exclude(**{field.attname: ""})


def _rows(field: SealedField, account_id: int | None) -> models.QuerySet[models.Model]:
    rows = field.model._default_manager.all()
    return rows if account_id is None else rows.filter(account_id=account_id)


def _way(field: SealedField) -> list[str]:
    """The row that holds the random id, to be read with it, where it is another one."""
    return [way.replace(".", "__")] if (way := field.row.rpartition(".")[0]) else []


def _newest() -> str:
    return next(iter(keyring().keys))


def _name(field: SealedField) -> str:
    return f"{field.model._meta.label}.{field.attname}"
