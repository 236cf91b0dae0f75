"""Keeping the rollups true: days are computed again from their bookings, never adjusted by differences."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateField, F, QuerySet
from django.db.models.functions import TruncMonth

from accounts.models import Account
from analytics import buyers, goods, hours, keeping, orders, summing
from analytics.models import (
    Generation,
    RollupCountry,
    RollupCustomer,
    RollupHour,
    RollupOrder,
    RollupProduct,
    RollupTotal,
    State,
)
from datasources.models import Booking, ChangedHour
from putler.kernel.periods import Period, add_months, local_day, month_of
from putler.tenancy import lock, tenant

TABLES = (RollupTotal, RollupCountry, RollupProduct, RollupHour, RollupCustomer, RollupOrder)
RETIRED_FOR = timedelta(days=1)  # a reader that began before a switch still finds its rows
LOCK = "analytics.rollups"  # one transaction at a time changes an account's rollups
STRETCH = 3  # months that are computed at once
_HOUR = timedelta(hours=1)


def drain(account_id: int, *, now: datetime) -> int:
    """Bring the rollups up to date with the bookings and give the number of days that were computed again.

    Makes the first generation where there is none. One that is being built (`restating`) takes in the same changes. One
    transaction: it takes in everything committed before it began, or nothing.
    """
    with tenant(account_id):
        lock(LOCK, account_id)
        account = Account.objects.get(pk=account_id)
        generation = _serving(account)
        changed = take_changed_hours(account_id)
        if generation is None or not _fits(generation, account):
            return _replace(account, generation, now=now)
        days = touched(generation, changed)
        refresh(generation, days)
        stamp(generation, now=now, steps=bool(days))
        for building in Generation.objects.filter(account=account, state=State.BUILDING).select_related("account"):
            built = month_of(building.built_to, building.zone).last if building.built_to else date.min
            refresh(building, {day for day in touched(building, changed) if day <= built})
        drop_retired(account, now=now)
        return len(days)


def rebuild(account_id: int, *, now: datetime) -> int:
    """Compute everything again into a new generation, switch to it, and give its number of days.

    The old one is served meanwhile. Drains wait.
    """
    with tenant(account_id):
        lock(LOCK, account_id)
        account = Account.objects.get(pk=account_id)
        generation = _serving(account)
        take_changed_hours(account_id)
        Generation.objects.filter(account=account, state=State.RETIRED).delete()
        return _replace(account, generation, now=now)


def refresh(generation: Generation, days: Collection[date]) -> None:
    """Compute some local days and their months again."""
    by_month: dict[date, set[date]] = defaultdict(set)
    for day in days:
        by_month[day.replace(day=1)].add(day)
    for firsts in _stretches(sorted(by_month)):
        for table in (summing, goods, hours, buyers, orders):
            table.write_days(generation, set().union(*(by_month[first] for first in firsts)))
            table.write_months(generation, firsts[0], add_months(firsts[-1], 1) - timedelta(1))


def _stretches(firsts: Sequence[date]) -> Iterator[list[date]]:
    """The first days of months, in runs of months that follow each other, each short enough to be held in memory."""
    run: list[date] = []
    for first in firsts:
        if run and (len(run) == STRETCH or first != add_months(run[-1], 1)):
            yield run
            run = []
        run.append(first)
    if run:
        yield run


def touched(generation: Generation, hours: Iterable[datetime]) -> set[date]:
    """The local days of a generation that some UTC hours touch."""
    return {day for hour in hours for day in days_of(hour, generation.zone)}


def days_of(hour: datetime, zone: ZoneInfo) -> set[date]:
    """The local days that a UTC hour touches: two where a midnight falls inside it."""
    return {local_day(hour, zone), local_day(hour + _HOUR - timedelta(microseconds=1), zone)}


def _serving(account: Account) -> Generation | None:
    return Generation.objects.filter(account=account, state=State.SERVING).first()


def _fits(generation: Generation, account: Account) -> bool:
    return (generation.base_currency, generation.time_zone) == (account.base_currency, account.time_zone)


def _replace(account: Account, old: Generation | None, *, now: datetime) -> int:
    new = begin(account, old, in_=(account.base_currency, account.time_zone))
    days = {day for month in months_of(account.bookings.all(), new.zone) for day in month.days()}
    refresh(new, days)
    serve(new, now=now)
    return len(days)


def begin(account: Account, old: Generation | None, *, in_: tuple[str, str]) -> Generation:
    """A new generation to be built, in a currency and a time zone; whatever was being built is given up."""
    Generation.objects.filter(account=account, state=State.BUILDING).delete()
    return Generation.objects.create(
        account=account,
        number=old.number + 1 if old else 1,
        state=State.BUILDING,
        base_currency=in_[0],
        time_zone=in_[1],
        version=old.version if old else 0,
    )


def serve(new: Generation, *, now: datetime) -> None:
    """Have a generation that is complete read from now on, in place of the one before."""
    own = Generation.objects.filter(account_id=new.account_id)
    own.filter(state=State.SERVING).update(state=State.RETIRED, current_at=now)
    own.filter(pk=new.pk).update(state=State.SERVING, built_to=None)
    stamp(new, now=now, steps=True)


def drop_retired(account: Account, *, now: datetime) -> None:
    """Delete generations that nobody can be reading any more."""
    Generation.objects.filter(account=account, state=State.RETIRED, current_at__lt=now - RETIRED_FOR).delete()


def stamp(generation: Generation, *, now: datetime, steps: bool) -> None:
    """Note that a generation is current; `steps`: and that its figures may be others."""
    own = Generation.objects.filter(account_id=generation.account_id, pk=generation.pk)
    own.update(current_at=now, version=F("version") + int(steps))
    if steps:
        keeping.forget(generation.account_id)


def take_changed_hours(account_id: int) -> list[datetime]:
    """The UTC hours whose bookings changed since they were last asked for."""
    table = ChangedHour._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE account_id = %s RETURNING hour", [account_id])  # noqa: S608
        return [hour for (hour,) in cursor.fetchall()]


def months_of(rows: QuerySet[Booking], zone: ZoneInfo) -> list[Period]:
    """The local months that these bookings fall into."""
    firsts = rows.values_list(TruncMonth("occurred_at", tzinfo=zone, output_field=DateField())).distinct().order_by()
    return [month_of(first, zone) for (first,) in firsts]
