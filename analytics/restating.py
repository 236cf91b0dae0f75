"""Another currency or time zone: a generation built beside the one that is served, month by month, takes its place.

What is shown stays in the old ones, and equal to its rows, until one transaction makes the next amounts of the
bookings the base amounts, gives the account its new currency and zone, and has the new generation served.
"""

from datetime import datetime, timedelta

from django.db.models import Max, Min

from accounts.models import Account
from analytics import rollups
from analytics.models import Generation, State
from datasources.models import BOOKING_LOCK, Booking, Restatement
from putler.kernel.periods import Period, local_day, month_of
from putler.tenancy import lock, tenant

STALLED = timedelta(minutes=1)  # how long a month may take before another job goes on
BOOKINGS_PART = 60  # percent of the way that a new currency's amounts take


def advance(account_id: int, *, now: datetime) -> bool:
    """Build the next month of what the account changes to, or switch to it; says whether there is more to do now."""
    return _build_month(account_id, now=now) or _switch(account_id, now=now)


def progress(account: Account) -> int:
    """How far the change of an account is, in percent. Inside tenant()."""
    share = BOOKINGS_PART if account.next_currency else 0
    if account.next_currency and not _is_restated(account):
        state = Restatement.objects.filter(account=account, currency=account.next_currency).first()
        return share * min(state.restated, state.total) // max(state.total, 1) if state else 0
    building = _building(account)
    return share + (100 - share) * _built_share(account, building) // 100 if building else share


def is_stalled(account: Account, *, now: datetime) -> bool:
    """Whether an account changes and no job seems to go on with it. Inside tenant()."""
    building = Generation.objects.filter(account=account, state=State.BUILDING).first()
    return building is None or building.current_at is None or building.current_at < now - STALLED


def _build_month(account_id: int, *, now: datetime) -> bool:
    with tenant(account_id):
        lock(rollups.LOCK, account_id)
        account = Account.objects.get(pk=account_id)
        building = _building(account)
        if building is None:
            Generation.objects.filter(account=account, state=State.BUILDING).delete()
            if not _can_be_built(account):
                return False
            serving = Generation.objects.filter(account=account, state=State.SERVING).first()
            building = rollups.begin(account, serving, in_=account.wanted)
        month = _next_month(account, building)
        if month:
            rollups.refresh(building, set(month.days()))
            building.built_to = month.first
        building.current_at = now
        building.save(update_fields=["built_to", "current_at"])
        return month is not None


def _switch(account_id: int, *, now: datetime) -> bool:
    """Serve what is built, if all of it is; says whether another month has come up."""
    with tenant(account_id):
        lock(BOOKING_LOCK, account_id)  # a booking that is under way is in the old currency, and must be seen
        lock(rollups.LOCK, account_id)
        account = Account.objects.get(pk=account_id)
        building = _building(account)
        if building is None or not _can_be_built(account):
            return False
        if _next_month(account, building):
            return True
        rollups.refresh(building, rollups.touched(building, rollups.take_changed_hours(account_id)))
        if account.next_currency:
            Booking.objects.take_next(account)
        account.base_currency, account.time_zone = account.wanted
        account.next_currency = account.next_time_zone = None
        account.save(update_fields=["base_currency", "time_zone", "next_currency", "next_time_zone"])
        rollups.serve(building, now=now)
        return False


def _building(account: Account) -> Generation | None:
    """What is being built for the choice that holds now."""
    currency, zone = account.wanted
    found = Generation.objects.filter(account=account, state=State.BUILDING, base_currency=currency, time_zone=zone)
    return found.select_related("account").first()


def _can_be_built(account: Account) -> bool:
    return account.is_changing and (not account.next_currency or _is_restated(account))


def _is_restated(account: Account) -> bool:
    return Restatement.objects.filter(account=account, currency=account.next_currency, is_done=True).exists()


def _next_month(account: Account, building: Generation) -> Period | None:
    """The first month with bookings that is not there yet."""
    left = Booking.objects.filter(account=account)
    if building.built_to:
        left = left.filter(occurred_at__gte=month_of(building.built_to, building.zone).end)
    first = left.aggregate(first=Min("occurred_at"))["first"]
    return month_of(local_day(first, building.zone), building.zone) if first else None


def _built_share(account: Account, building: Generation) -> int:
    if building.built_to is None:
        return 0
    ends = Booking.objects.filter(account=account).aggregate(first=Min("occurred_at"), last=Max("occurred_at"))
    if not ends["first"]:
        return 100
    first, last = (local_day(ends[end], building.zone) for end in ("first", "last"))
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    built = (building.built_to.year - first.year) * 12 + building.built_to.month - first.month + 1
    return 100 * built // months
