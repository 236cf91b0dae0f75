"""The audit logs as chains: whether each event is as it was written, and heads that tell what has been cut off.

The hashes are computed here once more, from the events as they stand: not by the function in the database that made
them, which whoever can change an event could change too.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from django.db import connection

from accounts.models import AuditEvent
from putler.tenancy import tenant

# What follows a cut is verified from the hash that was noted when it was made.
_BROKEN: Final = """
    WITH log AS (SELECT * FROM accounts_auditevent WHERE account_id IS NOT DISTINCT FROM %(account)s),
    before AS (
        SELECT log.*, coalesce(lag(hash) OVER w, (
            SELECT cut.detail->>'hash' FROM log cut
            WHERE cut.verb = 'log_shortened' AND cut.detail->'seq' = to_jsonb(log.seq - 1) LIMIT 1), '') AS link,
            coalesce(lag(seq) OVER w, CASE WHEN seq = 1 THEN 0 ELSE seq - 1 END) AS previous
        FROM log WINDOW w AS (ORDER BY seq)
    )
    SELECT public_id, seq FROM before
    WHERE seq <> previous + 1 OR (link = '') <> (seq = 1) OR hash <> encode(sha256(convert_to(
        link || jsonb_build_array(
            account_id, seq, extract(epoch FROM at)::text, public_id, actor, verb, subject, detail)::text,
        'UTF8')), 'hex')
    ORDER BY seq LIMIT 1
"""


class Event(NamedTuple):
    """An event of a log, by its random id and its number in the log."""

    public_id: str
    seq: int


class Seal(NamedTuple):
    """What vouches for all logs as they stood at the end of a UTC day: one hash over the last event of each."""

    digest: str
    logs: int


def broken(account_id: int | None) -> Event | None:
    """The first event that is not as it was written, or whose predecessor is gone; None for a sound log."""
    if account_id is None:
        return _broken(None)
    with tenant(account_id):
        return _broken(account_id)


def logs() -> Iterator[int | None]:
    """Every account that has a log, and None for the staff's, which comes first."""
    yield None
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id FROM public.audited_accounts() ORDER BY account_id")
        accounts = cursor.fetchall()
    yield from (account_id for (account_id,) in accounts)


def seal(day: date) -> Seal:
    """The seal of a UTC day, the same whenever it is made; a chain alone does not show that its end was cut off."""
    before = datetime.combine(day + timedelta(1), time(), UTC)
    heads = [head for log in logs() if (head := _head_of(log, before))]
    return Seal(hashlib.sha256("".join(heads).encode()).hexdigest(), len(heads))


def _head_of(account_id: int | None, before: datetime) -> str:
    if account_id is None:
        return _head(None, before)
    with tenant(account_id):
        return _head(account_id, before)


def _broken(account_id: int | None) -> Event | None:
    with connection.cursor() as cursor:
        cursor.execute(_BROKEN, {"account": account_id})
        row = cursor.fetchone()
    return Event(str(row[0]), row[1]) if row else None


def _head(account_id: int | None, before: datetime) -> str:
    log = AuditEvent.objects.filter(account_id=account_id) if account_id else AuditEvent.objects.filter(account=None)
    last = log.filter(at__lt=before).order_by("-seq").first()
    return f"{account_id or 0} {last.seq} {last.hash}\n" if last else ""
