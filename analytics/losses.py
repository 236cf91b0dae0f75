"""Customers of whose money nothing is left. Source: docs/metrics.md, “Customers”.

Only who had a refund, a dispute or a correction can be one, so only their rows are read.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection
from pyroaring import BitMap

from analytics.buyers import MONEY, bitmap
from analytics.metrics.customers import KNOWN
from analytics.packing import Ints, Numbers
from analytics.query import Query
from datasources.models import Booked, Booking, Customer
from putler.kernel.periods import microseconds

SLUG: Final = "lost_customers"
_TAKING = (Booked.REFUND, Booked.DISPUTE, Booked.CORRECTION)


@dataclass(frozen=True, slots=True)
class Losses:
    """The movements of everybody to whom money went back, by rising instant, in each row's own currency.

    `purse`: one for each customer and currency; `owner`: the customer's number of each purse.
    """

    at: Ints
    purse: Ints
    amount: Ints
    owner: Ints

    def among(self, buyers: BitMap, end: datetime) -> int:
        """How many of these had nothing left in any currency at an instant, exchange rates aside."""
        until = int(np.searchsorted(self.at, microseconds(end)))
        left = np.zeros(len(self.owner), np.int64)
        np.add.at(left, self.purse[:until], self.amount[:until])
        lost = bitmap(np.unique(self.owner[self.purse[:until]])) - bitmap(np.unique(self.owner[left > 0]))
        return len(buyers & lost)


def read(query: Query, end: datetime) -> Losses:
    """The movements before an instant, in the query's scope."""
    booked = Booking.objects.filter(KNOWN & MONEY, query.scope.holds, account=query.account, occurred_at__lt=end)
    try:
        taking = list(booked.filter(kind__in=_TAKING).values_list("customer_id", flat=True).distinct().order_by())
        every = booked.values_list("customer_id", "currency", "occurred_at", "amount").order_by()
        sql, params = every.query.sql_with_params()
    except EmptyResultSet:  # no source in view
        taking = []
    rows = _of(sql, params, taking) if taking else []
    purses = {purse: place for place, purse in enumerate(dict.fromkeys((row[0], row[1]) for row in rows))}
    owner = np.array([customer for customer, _ in purses], np.int64)
    if len(owner):
        owner = Numbers(query.account.pk, owner, Customer).of(owner)
    return Losses(
        np.array([microseconds(at) for _, _, at, _ in rows], np.int64),
        np.array([purses[customer, currency] for customer, currency, _, _ in rows], np.int64),
        np.array([amount for *_, amount in rows], np.int64),
        owner,
    )


def _of(rows: str, params: tuple[Any, ...], customers: list[int]) -> list[tuple[int, str, datetime, int]]:
    """The rows of these customers, by instant. A hashed array: as a join PostgreSQL misjudges how many there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM ({rows}) rows WHERE customer_id = ANY(%s) ORDER BY occurred_at",  # noqa: S608
            [*params, customers],
        )
        return list(cursor.fetchall())
