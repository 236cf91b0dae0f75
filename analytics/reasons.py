"""Why a row of the ledger is in no figure."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from accounts.models import Account
from datasources.models import Booking, DuplicateLink, Kind, Status, Transaction, left_out

LEFT_OUT = "Customer left out"
_NOT_SALES = {Kind.PAYOUT: "Own money, not counted", Kind.ADJUSTMENT: "Belongs to no sale, not counted"}


def of_left_out(account: Account) -> Q:
    """The condition on rows behind which a customer stands who is left out: their own, their order's, their parent's.

    Of rows that are booked nowhere; one that a figure counts has another buyer by its shop's row. Inside tenant().
    """
    people = left_out(account.pk) if account.exclusions.exists() else None
    if people is None:
        return Q(pk__in=[])
    ids = people.values("pk")
    theirs = account.transactions.filter(customer__in=ids)
    parents = theirs.filter(source=OuterRef("source"), external_id=OuterRef("parent_ref"))
    of_order = Q(Exists(theirs.filter(order_ref=OuterRef("order_ref"))), customer=None)
    twins = account.duplicatelinks.filter(gateway_row=OuterRef("pk"), store_row__customer__in=ids)
    return Q(customer__in=ids) | Q(Exists(parents)) | of_order | Q(Exists(twins))


def left_out_among(account: Account, rows: Iterable[Transaction]) -> set[int]:
    """Which of these rows no figure contains because of who stands behind them. Inside tenant()."""
    ids = [row.pk for row in rows]
    if not ids or not account.exclusions.exists():
        return set()
    return set(account.transactions.filter(of_left_out(account), pk__in=ids).values_list("pk", flat=True))


def why_of(row: Transaction, booking: Booking | None, link: DuplicateLink | None, *, is_left_out: bool) -> str:
    """Why a row is not counted, or what is special about it; empty for an ordinary row."""
    if row.status != Status.SETTLED:
        return row.get_status_display()
    if booking is None:
        other = link.gateway_row if link else None
        if other:
            return f"Duplicate of {other.external_id}"
        return _NOT_SALES.get(Kind(row.kind)) or (LEFT_OUT if is_left_out else "Not counted")
    if booking.base_amount is None:
        return f"Not converted: no rate for {row.currency}"
    return "Possible duplicate" if link and link.gateway_row_id is None else ""
