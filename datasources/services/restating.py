"""Another currency for an account: its bookings written again, in both currencies, a slice of movements at a time.

Nothing that is shown changes: `base_` amounts stay what they are, and whoever sums takes the `next_` ones when all are
there. A slice commits with its position, so a killed job loses one slice; what arrives meanwhile is booked in both.
"""

from datetime import datetime, timedelta

from accounts.models import Account
from datasources.models import Restatement, Transaction
from datasources.services.booking import LOCK, book_as_before
from putler.tenancy import commit_softly, lock, tenant

SLICE = 5_000  # movements; imports wait for one slice
STALLED = timedelta(minutes=1)  # how long a slice may take before another job goes on


def restate_slice(account_id: int, *, now: datetime) -> bool:
    """Book the next movements of an account in its next currency too, and say whether more are waiting."""
    with tenant(account_id):
        lock(LOCK, account_id)
        commit_softly()
        account = Account.objects.get(pk=account_id)
        state = _state(account, now=now)
        if state is None or state.is_done:
            return False
        following = Transaction.objects.filter(account=account, pk__gt=state.position).order_by("pk")
        ids = list(following.values_list("pk", flat=True)[:SLICE])
        if ids:
            book_as_before(account_id, ids)
            state.position = ids[-1]
        state.restated += len(ids)
        state.is_done, state.moved_at = len(ids) < SLICE, now
        state.save(update_fields=["position", "restated", "is_done", "moved_at"])
        return not state.is_done


def stalled(*, now: datetime) -> list[int]:
    """The accounts whose bookings wait for a job that goes on."""
    return [account.pk for account in Account.objects.changing() if account.next_currency and _stalls(account, now=now)]


def _stalls(account: Account, *, now: datetime) -> bool:
    with tenant(account.pk):
        state = Restatement.objects.filter(account=account, currency=account.next_currency).first()
        return state is None or not (state.is_done or state.moved_at > now - STALLED)


def _state(account: Account, *, now: datetime) -> Restatement | None:
    """How far the account's restatement is; begun anew where another currency was chosen, None where none is."""
    state = Restatement.objects.filter(account=account).first()
    if state and state.currency == account.next_currency:
        return state
    Restatement.objects.filter(account=account).delete()
    if account.next_currency is None:
        return None
    total = Transaction.objects.filter(account=account).count()
    return Restatement.objects.create(account=account, currency=account.next_currency, total=total, moved_at=now)
