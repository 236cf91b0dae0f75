"""How an app says what it keeps for a while only, and how that goes: the words of every `retention.py`.

`compliance.retention` makes one table of all of them and has a daily job forget what is past its time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from putler.tenancy import tenant

DAY = timedelta(days=1)
YEAR = timedelta(days=365)
_NUMBERS = {2: "two", 6: "six"}
Past = Callable[[datetime], QuerySet[Any]]


class Way(NamedTuple):
    """How something goes. `forget`: let go of what is past its time; done twice it does no harm.

    `overdue`: how much was past its time at a moment and is still there.
    """

    forget: Callable[[datetime], object]
    overdue: Callable[[datetime], int]


@dataclass(frozen=True)
class Kept:
    """Something that is kept for a while.

    `since`: what the time is counted from. `holds`: the labels of the declared models whose fields are kept so long.
    """

    slug: str
    what: str
    how_long: timedelta
    since: str
    way: Way
    holds: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """For how long, as `personal_data.py` says it too."""
        return span(self.how_long)


def span(length: timedelta) -> str:
    """A length of time in words: 72 hours, a day, 14 days, two years."""
    years, rest = divmod(length, YEAR)
    if years in _NUMBERS and not rest:
        return f"{_NUMBERS[years]} years"
    if length == 3 * DAY:
        return "72 hours"
    return "a day" if length == DAY else f"{length.days} days"


def rows(past: Past) -> Way:
    """Rows of a table that stands outside the wall are deleted. `past`: those whose time is over."""
    return Way(lambda now: past(now).delete(), lambda now: past(now).count())


def rows_of_accounts(look: str, past: Past) -> Way:
    """Rows behind the wall are deleted, account by account. `look`: the function that tells which have some."""

    def forget(now: datetime) -> None:
        for account_id in _found(look):
            with tenant(account_id):
                past(now).filter(account_id=account_id).delete()

    def overdue(now: datetime) -> int:
        count = 0
        for account_id in _found(look):
            with tenant(account_id):
                count += past(now).filter(account_id=account_id).count()
        return count

    return Way(forget, overdue)


def _found(look: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.callproc(look)
        return [account_id for (account_id,) in cursor.fetchall()]
