"""The parts of payouts beside the ledger's own rows: what explains a difference."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from .grants import DataSource


class Odd(NamedTuple):
    """A movement that explains a difference. `ours`, `theirs`: amount less fee, minor units; None: not there at all."""

    external_id: str
    payout_ref: str
    at: datetime
    currency: str
    ours: int | None
    theirs: int | None


def odd_parts(source: DataSource, payouts: Collection[str] | None = None) -> Iterator[Odd]:
    """The parts of payouts that the ledger lacks or tells otherwise, the oldest first. Inside tenant()."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT p.external_id, p.payout_ref, p.at, p.currency,
                      CASE WHEN t.currency = p.currency THEN t.amount - t.fee END, p.net
               FROM datasources_payoutpart p LEFT JOIN datasources_transaction t
                 ON t.account_id = p.account_id AND t.source_id = p.source_id AND t.external_id = p.external_id
                AND NOT t.is_attempt
               WHERE p.account_id = %(account)s AND p.source_id = %(source)s
                 AND (%(payouts)s::text[] IS NULL OR p.payout_ref = ANY(%(payouts)s))
                 AND (t.currency, t.amount - t.fee) IS DISTINCT FROM (p.currency, p.net)
               ORDER BY p.at, p.external_id""",
            {
                "account": source.account_id,
                "source": source.pk,
                "payouts": None if payouts is None else list(payouts),
            },
        )
        yield from (Odd(*row) for row in cursor.fetchall())
