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
_NOBODY: Final = np.zeros(0, np.int64)
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
    parts = _of(sql, params, taking) if taking else []
    customer, at, amount = (np.concatenate([part[place] for part in parts] or [_NOBODY]) for place in range(3))
    currency = np.repeat(np.arange(len(parts)), [len(ids) for ids, *_ in parts])
    number = Numbers(query.account.pk, customer, Customer).of(customer) if parts else customer
    purses, purse = np.unique(number * max(len(parts), 1) + currency, return_inverse=True)
    order = np.argsort(at, kind="stable")
    return Losses(at[order], purse[order], amount[order], purses // max(len(parts), 1))


def _of(rows: str, params: tuple[Any, ...], customers: list[int]) -> list[tuple[Ints, Ints, Ints]]:
    """(customer, instant, amount) of each currency's rows of these customers; PostgreSQL packs them.

    A join with the list itself, of which it knows the length: compared with an array, each row would look through it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT string_agg(int8send(customer_id), ''::bytea),
                       string_agg(int8send((extract(epoch FROM occurred_at) * 1000000)::bigint), ''::bytea),
                       string_agg(int8send(amount), ''::bytea)
                FROM ({rows}) rows JOIN unnest(%s::bigint[]) AS taking (id) ON taking.id = rows.customer_id
                GROUP BY currency""",  # noqa: S608
            [*params, customers],
        )
        return [tuple(np.frombuffer(packed, ">i8").astype(np.int64) for packed in row) for row in cursor]  # type: ignore[misc]
