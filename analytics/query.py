"""What is asked: whose figures, of which time, out of which sources, cut how and beside what."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.models import Account
from datasources.models import DataSource, holding
from putler.kernel.periods import Interval, Period


class By(StrEnum):
    """What the figures are cut by; each value keys its groups in its own way."""

    MONTH = "month"  # "2026-01", every month of the range
    WEEK = "week"  # its first day, "2026-01-26", every week of the range
    DAY = "day"  # "2026-01-31", every day of the range
    HOUR = "hour"  # "2026-01-31T13", every hour of the range that its clocks show; one that they repeat is one
    SOURCE = "source"  # the source's name
    CURRENCY = "currency"  # the currency that the customer saw
    COUNTRY = "country"  # ISO code, or "unknown"
    PRODUCT = "product"  # the product's public id, or "unattributed"

    @property
    def is_time(self) -> bool:
        """Whether its groups follow each other, none left out."""
        return self in {By.MONTH, By.WEEK, By.DAY, By.HOUR}


class Compare(StrEnum):
    """What a period stands beside."""

    PREVIOUS = "previous"  # the period of the same kind before it
    YEAR = "year"  # the same days of the year before


_HOLDS = (
    "source_id = ANY(%s::bigint[]) AND (present IS NULL OR present <@ %s::bigint[])"
    " AND (absent IS NULL OR NOT absent && %s::bigint[])"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """The sources in view. Make one with `of`; the bookings and rollup rows that hold for it are those of `holds`.

    It is part of every query, so whatever is kept of an answer is kept for those who see the same sources.
    """

    account_id: int
    sources: frozenset[int]
    is_whole: bool = False  # every source there is, none of them unlinked: the first orders in the bookings are valid

    @classmethod
    def of(cls, account: Account, chosen: Collection[int] | None = None) -> "Scope":
        """The live sources of an account, or those of them whose ids are chosen. Inside tenant().

        Of the account of a restricted member they are never more than that member may see.
        """
        every = DataSource.objects.filter(account=account).values_list("pk", "unlinked_at", "is_arriving")
        known = {pk: not (gone or new) for pk, gone, new in every}
        sources = frozenset(pk for pk, is_live in known.items() if is_live)
        for bound in (account.seen_sources, chosen):
            sources = sources if bound is None else sources & frozenset(bound)
        return cls(account.pk, sources, is_whole=len(sources) == len(known))

    def among(self, chosen: Collection[int]) -> "Scope":
        """This scope without the sources that are not chosen."""
        sources = self.sources & frozenset(chosen)
        return Scope(self.account_id, sources, is_whole=self.is_whole and sources == self.sources)

    @property
    def holds(self) -> Q:
        """The condition on rows with `source`, `present` and `absent`: what is booked if only these sources exist."""
        return holding(self.sources)

    @property
    def holds_sql(self) -> tuple[str, list[Any]]:
        """The same as SQL and its parameters: Django takes longer to write it than PostgreSQL to read the rows."""
        ids = sorted(self.sources)
        return _HOLDS, [ids, ids, ids]


@dataclass(frozen=True, slots=True)
class Query:
    """One question to `engine.run`.

    `period`: whole local days, or bare instants (half-open), which have no comparison.
    `currency`: show money in this currency, approximately; None: in the account's base currency, exactly.
    `metrics`: the slugs wanted; None: all. Asking for few is faster, above all without the customers' lifetime.
    """

    account: Account
    period: Period | Interval
    scope: Scope
    now: datetime
    by: By | None = None
    compare: Compare | None = None
    currency: str | None = None
    metrics: frozenset[str] | None = None

    @property
    def span(self) -> Interval:
        """The UTC instants that are summed."""
        return self.period.interval if isinstance(self.period, Period) else self.period

    @property
    def comparison(self) -> Interval | None:
        """The UTC instants they are compared with: as much of that period as has elapsed of this one (E14)."""
        if self.compare is None or not isinstance(self.period, Period):
            return None
        other = self.period.previous() if self.compare is Compare.PREVIOUS else self.period.year_before()
        return other.elapsed_like(self.period, now=self.now)

    def in_zone(self, zone: ZoneInfo) -> "Query":
        """The same local days in another zone."""
        if not isinstance(self.period, Period) or self.period.zone == zone:
            return self
        return replace(self, period=replace(self.period, zone=zone))
