"""The rollups of sums: written by one statement a table, compiled from the measures."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncDate, TruncMonth

from analytics.metrics.base import Simple
from analytics.metrics.registry import MEASURES
from analytics.models import Generation, Grain, RollupCountry, RollupTotal
from analytics.query import By
from analytics.spans import consecutive, within
from datasources.models import Booking

Table = type[RollupTotal] | type[RollupCountry]
KEYS: dict[Table, tuple[str, ...]] = {
    RollupTotal: ("source_id", "present", "absent", "currency", "presentment_currency"),
    RollupCountry: ("source_id", "present", "absent", "currency", "country"),
}


def measures(model: Table) -> tuple[Simple, ...]:
    """What a table sums: by country only the measures that a country can have."""
    return MEASURES if model is RollupTotal else tuple(measure for measure in MEASURES if By.COUNTRY in measure.dims)


def columns(model: Table) -> tuple[str, ...]:
    """The columns of a table's measures."""
    return tuple(column for measure in measures(model) for column in measure.columns)


def write_days(generation: Generation, days: Collection[date]) -> None:
    """Sum the bookings of some local days anew."""
    rows = Booking.objects.filter(within(consecutive(days, generation.zone)), account_id=generation.account_id)
    by_day = rows.annotate(on=TruncDate("occurred_at", tzinfo=generation.zone))
    for model, keys in KEYS.items():
        sums = {
            f"sum_{column}": total for measure in measures(model) for column, total in measure.sums(generation.money)
        }
        of_model(model, generation, Grain.DAY).filter(on__in=days).delete()
        summed = by_day.values("on", *keys).annotate(**sums).values_list("on", *keys, *sums)
        _insert(model, generation, Grain.DAY, summed)


def write_months(generation: Generation, first: date, last: date) -> None:
    """Add up the day rows of local months anew, from the first day of one to the last of another."""
    for model, keys in KEYS.items():
        days = of_model(model, generation, Grain.DAY).filter(on__range=(first, last))
        sums = {f"sum_{column}": Sum(column) for column in columns(model)}
        of_model(model, generation, Grain.MONTH).filter(on__range=(first, last)).delete()
        by_month = days.annotate(month=TruncMonth("on")).values("month", *keys)
        _insert(model, generation, Grain.MONTH, by_month.annotate(**sums).values_list("month", *keys, *sums))


def of_model(model: Table, generation: Generation, grain: Grain) -> QuerySet[Any]:
    """A table's rows of one grain of a generation."""
    return model._default_manager.filter(account_id=generation.account_id, generation=generation, grain=grain)


def _insert(model: Table, generation: Generation, grain: Grain, rows: QuerySet[Any, Any]) -> None:
    targets = ("account_id", "generation_id", "grain", "on", *KEYS[model], *columns(model))
    names = ", ".join(f'"{name}"' for name in targets)
    sql, params = rows.query.sql_with_params()
    insert = f"INSERT INTO {model._meta.db_table} ({names}) SELECT %s, %s, %s, rows.* FROM ({sql}) rows"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(insert, [generation.account_id, generation.pk, grain.value, *params])
