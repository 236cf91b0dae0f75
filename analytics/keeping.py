"""Pages kept as they were written, for as long as nothing changes that they show.

A kept page belongs to one version of an account's figures. Nobody has to remember to throw it away: a page of another
version, of other sources or of another release is not found, and the drain that makes a version deletes those before.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import QueryDict

from accounts.access import AccountRequest
from accounts.models import Account, Role
from analytics.models import Generation, KeptPage, State
from datasources.models import ChangedHour, DataSource, StreamState
from putler.kernel.periods import local_day

MOST: Final = 50  # pages of an account
# What a page shows beside the figures: settings, changes of currency under way, sources and how far each is read.
_SHOWN: Final = [(Account, "id")] + [(model, "account_id") for model in (Generation, DataSource, StreamState)]
_AROUND: Final = " || ".join(
    f"(SELECT coalesce(string_agg(t::text, '|' ORDER BY t.id), '') FROM {model._meta.db_table} t"
    f" WHERE t.{whose} = %(account)s)"
    for model, whose in _SHOWN
)
_FIND: Final = f"""
    SELECT g.id, g.version, md5({_AROUND}), k.version, k.around, k.html,
           EXISTS (SELECT FROM {ChangedHour._meta.db_table} WHERE account_id = %(account)s)
    FROM {Generation._meta.db_table} g
    LEFT JOIN {KeptPage._meta.db_table} k
           ON k.account_id = g.account_id AND k.generation_id = g.id AND k.key = %(key)s
    WHERE g.account_id = %(account)s AND g.state = '{State.SERVING.value}'"""
_KEEP: Final = f"""
    INSERT INTO {KeptPage._meta.db_table} (account_id, generation_id, key, version, around, html)
    VALUES (%(account)s, %(generation)s, %(key)s, %(version)s, %(around)s, %(html)s)
    ON CONFLICT (account_id, generation_id, key)
    DO UPDATE SET version = excluded.version, around = excluded.around, html = excluded.html"""

_PRUNE: Final = f"""
    DELETE FROM {KeptPage._meta.db_table} WHERE account_id = %(account)s AND id <= (
        SELECT id FROM {KeptPage._meta.db_table} WHERE account_id = %(account)s
        ORDER BY id DESC LIMIT 1 OFFSET %(most)s)"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page may be kept. `html`: the page, where it is there and still says the truth.

    `generation` is None where nothing may be kept: changes are about to be added up, or the page depends on more.
    """

    account_id: int
    key: UUID
    generation: int | None = None
    version: int = 0
    around: str = ""
    html: str | None = None

    def keep(self, html: str) -> None:
        """Keep the page as it was written from this version of the figures. Inside tenant().

        In a snapshot it is left where somebody else has kept, or dropped, the same meanwhile.
        """
        if self.generation is None:
            return
        names = ("generation", "key", "version", "around")
        values = {name: getattr(self, name) for name in names}
        with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_KEEP, values | {"account": self.account_id, "html": html})
            cursor.execute(_PRUNE, {"account": self.account_id, "most": MOST})


def look(request: AccountRequest, page: str, *, now: datetime) -> Place:
    """Find what is kept of a page for this address, at this minute where the period still runs. Inside tenant()."""
    account = request.account
    key = _key(request, page, now=now)
    if request.role == Role.SUPPORT:  # what staff are shown is computed before their eyes, and noted by who computes it
        return Place(account.pk, key)
    with connection.cursor() as cursor:
        cursor.execute(_FIND, {"account": account.pk, "key": key})
        found = cursor.fetchone()
    if found is None or request.GET.get("currency"):  # rates of a display currency change without a version
        return Place(account.pk, key)
    generation, version, around, *kept, html, is_behind = found
    if is_behind:
        return Place(account.pk, key)
    return Place(account.pk, key, generation, version, around, html if kept == [version, around] else None)


def _key(request: AccountRequest, page: str, *, now: datetime) -> UUID:
    account, today = request.account, local_day(now, request.account.zone)
    seen = None if account.seen_sources is None else sorted(account.seen_sources)  # a member's, who may see no others
    whose = request.role, seen, account.base_currency, account.time_zone
    asked = sorted(request.GET.lists())
    moment = today if _is_past(request.GET, today) else now.replace(second=0, microsecond=0)
    told = repr((page, whose, asked, moment.isoformat(), _release()))
    return UUID(bytes=hashlib.blake2b(told.encode(), digest_size=16).digest())


def _is_past(asked: QueryDict, today: date) -> bool:
    """Whether own dates were chosen that end before today: time changes nothing about them but what today is."""
    try:
        return not asked.get("period") and date.fromisoformat(asked.get("to", "")) < today
    except ValueError:
        return False


@cache
def _release() -> str:
    """The same for processes that run the same code and templates."""
    root: Path = settings.ROOT
    digest = hashlib.blake2b(digest_size=16)
    for folder, names in (("analytics", "*.py"), ("putler", "*.py"), ("templates", "*.html")):
        for path in sorted((root / folder).rglob(names)):
            digest.update(f"{path}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def forget(account_id: int) -> None:
    """Delete what is kept of an account. Inside tenant()."""
    KeptPage.objects.filter(account_id=account_id).delete()
