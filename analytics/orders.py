"""Orders one by one, as arrays: whose they are and when they were."""

import numpy as np

from analytics.metrics.customers import KNOWN
from analytics.metrics.sales import ORDERED
from analytics.packing import Groups, Ints
from analytics.query import Query
from analytics.spans import within
from datasources.models import Booking, Customer
from putler.kernel.periods import Interval


def read(query: Query, span: Interval) -> tuple[Ints, Ints]:
    """(customer numbers, microseconds since 1970) of a span's orders in the query's scope, by number, then time."""
    rows = Booking.objects.filter(ORDERED & KNOWN, within([span]), query.scope.holds, account=query.account)
    instant = "(extract(epoch FROM occurred_at) * 1000000)::bigint"
    found = Groups.fetched(rows.values_list("id", "customer_id", "occurred_at"), (), ("customer_id", instant))
    number, instants = found.numbered(query.account.pk, Customer).figures
    order = np.lexsort((instants, number))
    return number[order], instants[order]
