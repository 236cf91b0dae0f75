"""Are the rollups what their bookings say? Some days, chosen by chance, or all are computed again and compared."""

import logging
import random
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.db.models.functions import TruncDate

from accounts.models import Account
from analytics import rollups
from analytics.models import Generation, Grain, RollupTotal, State
from datasources.models import ChangedHour
from putler.tenancy import tenant

log = logging.getLogger(__name__)
SAMPLE = 30  # days


@dataclass(frozen=True, slots=True)
class Difference:
    """A rollup row that is stored but should not be, or should be but is not."""

    table: str
    is_stored: bool
    row: dict[str, Any]


def verify(account_id: int, *, now: datetime, days: int | None = None, seed: int = 0) -> list[Difference]:
    """Compare the rollups with their bookings and give what differs; notes with the generation that it was done.

    `days`: so many, chosen by chance from the seed, with the months that contain them; None: all. A month is compared
    with the sum of its days as they are stored, but for the chosen ones. Days that change meanwhile are left out.
    """
    with tenant(account_id):
        rollups.drain(account_id, now=now)
        account = Account.objects.get(pk=account_id)
        serving = Generation.objects.get(account=account, state=State.SERVING)
        known = sorted(_days(account, serving, has_months=days is None))
        chosen = known if days is None or days >= len(known) else random.Random(seed).sample(known, days)  # noqa: S311
        with transaction.atomic():
            differences = list(_differences(serving, set(chosen)))
            transaction.set_rollback(True)
        Generation.objects.filter(account=account, pk=serving.pk).update(verified_at=now, differences=len(differences))
    if differences:
        log.error("Rollups differ from their bookings", extra={"account_id": account_id, "rows": len(differences)})
    return differences


def _days(account: Account, serving: Generation, *, has_months: bool) -> set[date]:
    """The local days that have bookings, or sums; `has_months`: and the first of each month that has sums."""
    grains = [Grain.DAY, Grain.MONTH] if has_months else [Grain.DAY]
    stored = RollupTotal.objects.filter(account=account, generation=serving, grain__in=grains)
    booked = account.bookings.values_list(TruncDate("occurred_at", tzinfo=serving.zone)).distinct().order_by()
    return {day for (day,) in booked} | set(stored.values_list("on", flat=True).distinct())


def _differences(serving: Generation, days: Collection[date]) -> Iterator[Difference]:
    fresh = Generation.objects.create(
        account=serving.account, number=0, state=State.RETIRED, base_currency=serving.base_currency,
        time_zone=serving.time_zone,
    )  # fmt: skip
    months = {day.replace(day=1) for day in days}
    for table in rollups.TABLES:
        _copy(table, serving, fresh, months)
    rollups.refresh(fresh, days)
    changed = ChangedHour.objects.filter(account_id=serving.account_id).values_list("hour", flat=True)
    changing = rollups.touched(serving, changed)
    settled = months - {day.replace(day=1) for day in changing}
    for table in rollups.TABLES:
        yield from _compared(table, serving, fresh, settled)


def _copy(table: type[Model], serving: Generation, fresh: Generation, months: Collection[date]) -> None:
    """Give the fresh generation the day rows of some months as they are stored."""
    names = [field.column for field in table._meta.concrete_fields if field.column not in {"id", "generation_id"}]
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table._meta.db_table} (generation_id, {columns}) SELECT %s, {columns} "  # noqa: S608
            f"FROM {table._meta.db_table} WHERE account_id = %s AND generation_id = %s AND grain = 'day' "
            """AND date_trunc('month', "on")::date = ANY(%s)""",
            [fresh.pk, serving.account_id, serving.pk, sorted(months)],
        )


def rows_of(table: type[Model], generation: Generation, firsts: Iterable[date] | None = None) -> list[dict[str, Any]]:
    """A table's rows of a generation as {column: value} without keys of their own, in a fixed order; `firsts`: of these
    months only."""
    names = [field.attname for field in table._meta.concrete_fields if field.attname not in {"id", "generation_id"}]
    rows = table._default_manager.filter(account_id=generation.account_id, generation=generation).values_list(*names)
    wanted = None if firsts is None else set(firsts)
    on = names.index("on")
    plain = (tuple(map(_plain, row)) for row in rows if wanted is None or row[on].replace(day=1) in wanted)
    return [dict(zip(names, row, strict=True)) for row in sorted(plain, key=repr)]


def _compared(
    table: type[Model], serving: Generation, fresh: Generation, firsts: Collection[date]
) -> Iterator[Difference]:
    stored, computed = ({repr(row): row for row in rows_of(table, each, firsts)} for each in (serving, fresh))
    name = table._meta.model_name or ""
    yield from (Difference(name, is_stored=True, row=row) for key, row in stored.items() if key not in computed)
    yield from (Difference(name, is_stored=False, row=row) for key, row in computed.items() if key not in stored)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return bytes(value) if isinstance(value, memoryview) else value
