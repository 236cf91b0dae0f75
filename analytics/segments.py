"""Recency, frequency and money: how customers score, and the segments that follow. Source: docs/metrics.md, “RFM”."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

import numpy as np

from analytics import engine, lives
from analytics.lives import Lives
from analytics.packing import Ints
from analytics.query import Query
from datasources.models import Customer
from putler.kernel.money import Money, decimals, round_half_up
from putler.kernel.periods import add_months, instant_of, local_day, microseconds, midnight
from putler.tenancy import tenant

SEGMENTS: Final = {
    "champions": "Champions", "loyal": "Loyal", "potential_loyalist": "Potential Loyalist", "new": "New",
    "promising": "Promising", "needs_attention": "Needs Attention", "about_to_sleep": "About To Sleep",
    "at_risk": "At Risk", "cant_lose": "Can't Lose Them", "hibernating": "Hibernating", "lost": "Lost",
}  # fmt: skip
_SLUGS: Final = tuple(SEGMENTS)
_GRID: Final = {  # by R, then FM from 1 to 5
    5: ("new", "potential_loyalist", "loyal", "champions", "champions"),
    4: ("promising", "potential_loyalist", "potential_loyalist", "loyal", "champions"),
    3: ("promising", "needs_attention", "potential_loyalist", "loyal", "loyal"),
    2: ("about_to_sleep", "needs_attention", "needs_attention", "at_risk", "at_risk"),
    1: ("lost", "hibernating", "at_risk", "cant_lose", "cant_lose"),
}
BEST: Final = 5
FEWEST: Final = 5  # customers below which scores say nothing
NOWHERE: Final = -1
_OF_CELL: Final = np.array([[_SLUGS.index(slug) for slug in _GRID[r + 1]] for r in range(BEST)], np.int64)


@dataclass(frozen=True, slots=True)
class Rfm:
    """Everybody with an order before an instant, in arrays of one length, by rising customer `number`.

    `net`: minor units of `currency`. `last_at`: microseconds since 1970. `r`, `f`, `m`, `fm`: 1 to 5. `segment`: the
    place in SEGMENTS, NOWHERE for all where there are fewer than FEWEST customers.
    """

    as_of: datetime
    currency: str
    number: Ints
    orders: Ints
    gross: Ints
    net: Ints
    last_at: Ints
    r: Ints
    f: Ints
    m: Ints
    fm: Ints
    segment: Ints

    @property
    def recency(self) -> Ints:
        """Whole days from each one's last order to `as_of`."""
        days: Ints = (microseconds(self.as_of) - self.last_at) // _DAY
        return days

    def numbers(self, segment: str) -> Ints:
        """The customer numbers of a segment."""
        chosen: Ints = self.number[self.segment == _SLUGS.index(segment)]
        return chosen

    def segment_of(self, number: int) -> str | None:
        """The segment of a customer; None for a stranger, and where there are too few."""
        place = int(np.searchsorted(self.number, number))
        if place == len(self.number) or self.number[place] != number or self.segment[place] == NOWHERE:
            return None
        return _SLUGS[int(self.segment[place])]

    def cells(self) -> list[list[int]]:
        """How many customers stand in each cell of the grid: [R − 1][FM − 1]."""
        places = (self.r - 1) * BEST + self.fm - 1
        counts: list[list[int]] = np.bincount(places, minlength=BEST * BEST).reshape(BEST, BEST).tolist()
        return counts


_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Segment:
    """The customers of a segment. Money in the base currency; `share`: of all customers; the rest None over nothing."""

    slug: str
    label: str
    customers: int
    share: Decimal | None
    net_sales: Decimal
    aov: Decimal | None
    median_recency_days: Decimal | None


def rfm(query: Query, *, as_of: datetime | None = None) -> Rfm:
    """How everybody scores at an instant, which is the range's end unless said otherwise; sees nothing after it."""
    with tenant(query.account.pk):
        generation = engine.serving(query)
        instant = as_of or query.in_zone(generation.zone).span.end
        return scored(lives.before(query, generation, instant), instant, generation.base_currency)


def scored(found: Lives, as_of: datetime, currency: str) -> Rfm:
    """The scores of lives."""
    number = found.bought
    orders, gross, net, last_at = (each[number] for each in (found.orders, found.gross, found.net, found.last_at))
    r, f, m = (score(values) for values in (last_at, orders, net))
    fm = (f + m + 1) // 2
    segment = _OF_CELL[r - 1, fm - 1] if len(number) >= FEWEST else np.full(len(number), NOWHERE)
    return Rfm(as_of, currency, number, orders, gross, net, last_at, r, f, m, fm, segment)


def segment_at(r: int, fm: int) -> str:
    """The segment of a cell of the grid."""
    return _GRID[r][fm - 1]


def score(values: Ints) -> Ints:
    """1 to 5 by how many have strictly less; who ties shares a score."""
    below = np.searchsorted(np.sort(values), values, side="left")
    return np.minimum(BEST, 1 + BEST * below // max(len(values), 1))


def summary(found: Rfm) -> list[Segment]:
    """Each segment in the order of SEGMENTS, empty ones too."""
    return [_segment(found, slug, found.segment == place) for place, slug in enumerate(_SLUGS)]


def migration(query: Query, now: Rfm) -> dict[tuple[str | None, str], int]:
    """{(segment a month before, segment now): customers}; None before: who had not bought by then, or had none."""
    zone = query.account.zone
    month_before = midnight(add_months(local_day(now.as_of, zone), -1), zone)
    then = rfm(query, as_of=month_before)
    if not len(now.number) or now.segment[0] == NOWHERE:
        return {}
    before = np.full(int(now.number[-1]) + 1, NOWHERE)
    before[then.number] = then.segment
    pairs, counts = np.unique(np.stack([before[now.number], now.segment]), axis=1, return_counts=True)
    return {
        (None if old == NOWHERE else _SLUGS[old], _SLUGS[new]): count
        for old, new, count in zip(*pairs.tolist(), counts.tolist(), strict=True)
    }


@dataclass(frozen=True, slots=True)
class Scored:
    """One customer with scores; `segment` None where there are too few customers."""

    customer: Customer
    recency_days: int
    last_order_at: datetime
    frequency: int
    monetary: Decimal
    r: int
    f: int
    m: int
    fm: int
    segment: str | None


def members(query: Query, found: Rfm, numbers: Ints | None = None) -> Iterator[Scored]:
    """The customers behind the scores by key, or those of them with these numbers. Inside tenant()."""
    wanted = found.number if numbers is None else numbers
    people = Customer.objects.filter(account=query.account, number__in=wanted.tolist()).order_by("key")
    for customer in people:
        place = int(np.searchsorted(found.number, customer.number))
        segment = int(found.segment[place])
        yield Scored(
            customer=customer,
            recency_days=int(found.recency[place]),
            last_order_at=instant_of(int(found.last_at[place])),
            frequency=int(found.orders[place]),
            monetary=Money.from_minor(int(found.net[place]), found.currency).amount,
            r=int(found.r[place]),
            f=int(found.f[place]),
            m=int(found.m[place]),
            fm=int(found.fm[place]),
            segment=None if segment == NOWHERE else _SLUGS[segment],
        )


def _segment(found: Rfm, slug: str, chosen: Ints) -> Segment:
    customers, orders = int(chosen.sum()), int(found.orders[chosen].sum())
    gross = Money.from_minor(int(found.gross[chosen].sum()), found.currency).amount
    return Segment(
        slug=slug,
        label=SEGMENTS[slug],
        customers=customers,
        share=round_half_up(Decimal(customers) / len(found.number), 4) if len(found.number) else None,
        net_sales=Money.from_minor(int(found.net[chosen].sum()), found.currency).amount,
        aov=round_half_up(gross / orders, decimals(found.currency)) if orders else None,
        median_recency_days=Decimal(str(np.median(found.recency[chosen]))) if customers else None,
    )
