"""Holding the ledger against what a provider says of its own totals, to the cent (docs/metrics.md, S7).

The balance is what everything that ever moved there comes to, in each currency; a payout is what its parts come to.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial

from django.db import connection, transaction
from django.db.models import F, QuerySet, Sum
from django_q.tasks import async_task

from datasources.models import (
    DataSource,
    Kind,
    PayoutPart,
    Reconciliation,
    Statement,
    StatementKind,
    StreamState,
    Transaction,
    coverage,
    odd_parts,
)
from putler.tenancy import tenant

TASK = "datasources.tasks.reconcile"
_TOLD = ["kind", "currency", "to_at", "ours", "theirs", "first_difference_on", "made_at"]


def ring(source: DataSource) -> None:
    """Have the source reconciled once the current transaction has committed."""
    transaction.on_commit(partial(async_task, TASK, source.account_id, source.pk, cluster="short"))


def reconcile(account_id: int, source_id: int, *, now: datetime) -> None:
    """Compare all that the provider tells of its totals with the ledger, and keep the result. Safe to repeat."""
    with tenant(account_id):
        source = DataSource.objects.filter(account_id=account_id, pk=source_id, unlinked_at=None).first()
        if source is None:
            return
        days = {odd.payout_ref: odd.at.astimezone(UTC).date() for odd in reversed(list(odd_parts(source)))}
        payouts = [_made(one, ours, now, days.get(one.external_id)) for one, ours in _payouts(source)]
        balances = [_made(one, ours, now, None) for one, ours in _balances(source)]
        _date_balances(source, balances, payouts)
        own = Reconciliation.objects.filter(account_id=account_id, source=source)
        own.exclude(ref__in=[row.ref for row in (*payouts, *balances)]).delete()
        Reconciliation.objects.bulk_create(
            [*payouts, *balances],
            update_conflicts=True,
            unique_fields=["account", "source", "ref"],
            update_fields=_TOLD,
        )


def moved(source: DataSource) -> QuerySet[Transaction]:
    """The rows that the provider's balance consists of: money that moved, whatever it counts as."""
    return Transaction.objects.filter(Transaction.moved(source), account_id=source.account_id, source=source)


def _payouts(source: DataSource) -> Iterator[tuple[Statement, int]]:
    """Every payout of which the parts are known, with what they come to in the ledger."""
    ours = _sums_of_parts(source)
    named = moved(source).exclude(payout_ref=None).exclude(kind=Kind.PAYOUT)
    for ref, total in named.values_list("payout_ref").annotate(total=Sum(F("amount") - F("fee"))).order_by():
        ours.setdefault(ref, int(total))
    told = Statement.objects.filter(account_id=source.account_id, source=source, kind=StatementKind.PAYOUT)
    yield from ((one, ours[one.external_id]) for one in told.order_by("at") if one.external_id in ours)


def _sums_of_parts(source: DataSource) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT p.payout_ref, coalesce(sum(t.amount - t.fee) FILTER (WHERE t.currency = p.currency), 0)::bigint
               FROM datasources_payoutpart p LEFT JOIN datasources_transaction t
                 ON t.account_id = p.account_id AND t.source_id = p.source_id AND t.external_id = p.external_id
                AND NOT t.is_attempt
               WHERE p.account_id = %s AND p.source_id = %s GROUP BY p.payout_ref""",
            [source.account_id, source.pk],
        )
        return dict(cursor.fetchall())


def _balances(source: DataSource) -> Iterator[tuple[Statement, int]]:
    """Every balance that was told, as far as all that had moved by then is read, with what the ledger comes to."""
    told = Statement.objects.filter(account_id=source.account_id, source=source, kind=StatementKind.BALANCE)
    read = coverage(StreamState.objects.filter(account_id=source.account_id, source=source))
    for one in told.order_by("at"):
        if read.is_whole and read.until and read.until >= one.at:
            rows = moved(source).filter(currency=one.currency, occurred_at__lte=one.at)
            yield one, int(rows.aggregate(total=Sum(F("amount") - F("fee")))["total"] or 0)


def _made(one: Statement, ours: int, now: datetime, day: date | None) -> Reconciliation:
    differs = ours != one.amount
    return Reconciliation(
        account_id=one.account_id,
        source_id=one.source_id,
        ref=one.external_id,
        kind=one.kind,
        currency=one.currency,
        to_at=one.at,
        ours=ours,
        theirs=one.amount,
        first_difference_on=(day or one.at.date()) if differs else None,
        made_at=now,
    )


def _date_balances(source: DataSource, balances: list[Reconciliation], payouts: list[Reconciliation]) -> None:
    """Date each balance that differs by the first sign of it: a part of a payout, a payout, an earlier balance."""
    firsts: dict[str, date] = {}
    for odd in odd_parts(source):
        firsts.setdefault(odd.currency, odd.at.astimezone(UTC).date())
    for row in payouts:
        if row.first_difference_on:
            firsts[row.currency] = min(firsts.get(row.currency, row.first_difference_on), row.first_difference_on)
    for row in balances:
        if row.first_difference_on:
            row.first_difference_on = min(firsts.get(row.currency, row.first_difference_on), row.first_difference_on)
            firsts.setdefault(row.currency, row.first_difference_on)


def parts_of(source: DataSource, payout: str) -> int:
    """How many movements the provider counts into a payout."""
    return PayoutPart.objects.filter(account_id=source.account_id, source=source, payout_ref=payout).count()
