"""How fast a provider is asked: one pace for all lists of a source, whichever workers read them.

The source's row says up to which moment its requests have used up the pace that the connector declares. It is locked
anyway while a batch commits, so that counting them costs nothing more.
"""

from datetime import datetime, timedelta

from django.db import connection

from datasources.models import DataSource

BURST = timedelta(seconds=1)  # a second's worth of requests may come at once
SHORT = timedelta(seconds=5)  # that a worker waits by itself; a longer pause is the list's


def use_up(source: DataSource, *, requests: int, per_second: int, now: datetime) -> None:
    """Count requests that were sent. Inside tenant(), with the source's row locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE datasources_datasource SET paced_until = greatest(paced_until, %s) + make_interval(secs => %s)
               WHERE account_id = %s AND id = %s RETURNING paced_until""",
            [now - BURST, requests / per_second, source.account_id, source.pk],
        )
        (source.paced_until,) = cursor.fetchone()


def keep_away(source: DataSource, *, until: datetime) -> None:
    """Ask nothing for this source before that moment: its provider wishes so. Inside tenant()."""
    _set(source, max(_paced_until(source) or until, until))


def forget(source: DataSource) -> None:
    """Ask again now, whatever the provider wished: a person wants it. Inside tenant()."""
    _set(source, None)


def pause(source: DataSource, now: datetime) -> timedelta:
    """How long to wait before the next request; nothing where there is no need."""
    return max((source.paced_until or now) - now, timedelta())


def _paced_until(source: DataSource) -> datetime | None:
    own = DataSource.objects.filter(account_id=source.account_id, pk=source.pk)
    found: datetime | None = own.values_list("paced_until", flat=True).first()
    return found


def _set(source: DataSource, moment: datetime | None) -> None:
    source.paced_until = moment
    source.save(update_fields=["paced_until"])
