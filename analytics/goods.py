"""The rollups of products: arrays of what each brought, by product number."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
from django.db.models import QuerySet
from django.db.models.functions import TruncDate

from analytics.lines import lines_of
from analytics.metrics.registry import LINE_MEASURES
from analytics.models import Generation, Grain, RollupProduct
from analytics.packing import Groups, Ints
from analytics.query import Scope
from analytics.spans import Cover, consecutive, within
from analytics.storing import Select, insert, stored
from datasources.models import Product

NONE: Final = 0  # the number of no product: goods that no line accounts for
_KEY: Final = ("source_id", "present", "absent", "currency")
# Each array's type on disk; a product has no more orders in a month than four bytes can count.
TYPES: Final = {"number": "<i4"} | {
    column: "<i4" if column == "product_orders" else "<i8" for measure in LINE_MEASURES for column in measure.columns
}


def write_days(generation: Generation, days: Collection[date]) -> None:
    """Sum the booked lines of some local days anew."""
    account_id = generation.account_id
    lines = lines_of(account_id).filter(within(consecutive(days, generation.zone)))
    by_day = lines.annotate(on=TruncDate("occurred_at", tzinfo=generation.zone)).values("on", *_KEY, "product_id")
    sums = {f"sum_{column}": total for measure in LINE_MEASURES for column, total in measure.sums(generation.money)}
    summed = by_day.annotate(**sums).values_list("on", *_KEY, "product_id", *sums)
    figures = [f"coalesce({column}, 0)::bigint" for column in ("product_id", *sums)]
    found = Groups.fetched(summed, ("on", *_KEY), figures).numbered(account_id, Product)
    _of(generation, Grain.DAY).filter(on__in=days).delete()
    rows = zip(found.keys, found.packed(list(TYPES.values())), strict=True)
    insert(RollupProduct, generation, Grain.DAY, ((*key, *arrays) for key, arrays in rows))


def write_months(generation: Generation, first: date, last: date) -> None:
    """Add up the day rows of local months anew, from the first day of one to the last of another."""
    days = Select.of(_of(generation, Grain.DAY).filter(on__range=(first, last)).values_list("on", *_KEY, *TYPES))
    found = Groups.of([(on.replace(day=1), *rest) for on, *rest in days.rows()], list(TYPES.values()))
    _of(generation, Grain.MONTH).filter(on__range=(first, last)).delete()
    rows = (
        (*key, *(figure.astype(kind).tobytes() for figure, kind in zip(figures, TYPES.values(), strict=True)))
        for key, figures in found.added_up()
    )
    insert(RollupProduct, generation, Grain.MONTH, rows)


def read(
    generation: Generation, covered: Cover, scope: Scope, columns: Sequence[str], *, by: Sequence[str] = ()
) -> Iterator[tuple[tuple[Any, ...], list[Ints]]]:
    """(values of `by`, [product numbers, sums of each column]) of the whole days and months of a range in a scope."""
    names = ["number", *columns]
    rows = stored(RollupProduct, [*by, *names], generation, covered, scope).rows() if covered.runs else []
    return Groups.of(rows, [TYPES[name] for name in names]).added_up()


def of_product(
    generation: Generation, covered: Cover, scope: Scope, number: int, columns: Sequence[str]
) -> dict[date, list[int]]:
    """{first day: sums of each column} of the days and months of a range in which one product has lines."""
    found = {}
    for (on,), (numbers, *sums) in read(generation, covered, scope, columns, by=["on"]):
        place = int(np.searchsorted(numbers, number))
        if place < len(numbers) and numbers[place] == number:
            found[on] = [int(each[place]) for each in sums]
    return found


def public_ids(account_id: int, numbers: Collection[int]) -> dict[int, str]:
    """The random ids of the products of these numbers, as far as there are any."""
    statement = "SELECT number, public_id::text FROM datasources_product WHERE account_id = %s AND number = ANY(%s)"
    return dict(Select(statement, [account_id, list(numbers)]).rows()) if numbers else {}


def _of(generation: Generation, grain: Grain) -> QuerySet[RollupProduct]:
    return RollupProduct.objects.filter(account_id=generation.account_id, generation=generation, grain=grain)
