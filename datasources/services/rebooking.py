"""Booking again whatever a decision about a customer or a product touches, a slice at a time."""

from collections.abc import Collection
from functools import partial

from django.db import connection, transaction
from django_q.tasks import async_task

from datasources.models import Line, Rebooking, Transaction
from datasources.services import booking, news
from putler.tenancy import lock, tenant

SLICE = 5_000  # movements; imports wait for one slice
TASK = "datasources.tasks.rebook"


def ask(account_id: int, *, customers: Collection[int] = (), products: Collection[int] = ()) -> None:
    """Have the movements of these booked again after this transaction. Inside tenant()."""
    Rebooking.objects.bulk_create(
        [
            *(Rebooking(account_id=account_id, customer_id=pk) for pk in sorted(customers)),
            *(Rebooking(account_id=account_id, product_id=pk) for pk in sorted(products)),
        ]
    )
    transaction.on_commit(partial(async_task, TASK, account_id, cluster="long"))


def rebook_slice(account_id: int) -> bool:
    """Book the next movements and say whether more are waiting. A slice commits with its position."""
    with tenant(account_id):
        lock(booking.LOCK, account_id)
        room, ids = SLICE, set[int]()
        for one in Rebooking.objects.filter(account_id=account_id).order_by("pk")[:SLICE]:
            own = Rebooking.objects.filter(account_id=account_id, pk=one.pk)
            found = _following(one, room)
            ids.update(found)
            room -= len(found)
            if not room:
                own.update(position=found[-1])
                break
            own.delete()
        booking.book(account_id, ids)
        news.tell(account_id)
        return is_asked(account_id)


def is_asked(account_id: int) -> bool:
    """Whether rows wait to be booked again. Inside tenant()."""
    return Rebooking.objects.filter(account_id=account_id).exists()


def waiting() -> list[int]:
    """The accounts that have rows to be booked again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT account_id FROM public.waiting_rebookings()")
        return [account_id for (account_id,) in cursor.fetchall()]


def _following(one: Rebooking, room: int) -> list[int]:
    """The next movements of a customer, or with a product on a line."""
    if one.product_id is None:
        rows = Transaction.objects.filter(account_id=one.account_id, customer=one.customer, pk__gt=one.position)
        return list(rows.order_by("pk").values_list("pk", flat=True)[:room])
    lines = Line.objects.filter(account_id=one.account_id, product=one.product_id, transaction__gt=one.position)
    return list(lines.order_by("transaction").values_list("transaction_id", flat=True).distinct()[:room])
