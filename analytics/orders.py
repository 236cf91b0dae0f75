"""Orders one by one, as arrays: whose they are and when they were."""

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection

from analytics.buyers import Ints, Numbers
from analytics.metrics.customers import KNOWN
from analytics.metrics.sales import ORDERED
from analytics.query import Query
from analytics.spans import within
from datasources.models import Booking
from putler.kernel.periods import Interval


def read(query: Query, span: Interval) -> tuple[Ints, Ints]:
    """(customer numbers, microseconds since 1970) of a span's orders in the query's scope, by number, then time."""
    none: Ints = np.zeros(0, np.int64)
    rows = Booking.objects.filter(ORDERED & KNOWN, within([span]), query.scope.holds, account=query.account)
    try:
        sql, params = rows.values_list("id", "customer_id", "occurred_at").order_by().query.sql_with_params()
    except EmptyResultSet:  # no source in view
        return none, none
    with connection.cursor() as cursor:
        cursor.execute(_packed(sql), params)
        [packed] = cursor.fetchall()
    if packed[0] is None:
        return none, none
    ids, instants = (np.frombuffer(one, ">i8").astype(np.int64) for one in packed)
    number = Numbers(query.account.pk, [packed[0]]).of(ids)
    order = np.lexsort((instants, number))
    return number[order], instants[order]


def _packed(rows: str) -> str:
    return f"""SELECT string_agg(int8send(customer_id), ''::bytea),
                      string_agg(int8send((extract(epoch FROM occurred_at) * 1000000)::bigint), ''::bytea)
               FROM ({rows}) orders"""  # noqa: S608
