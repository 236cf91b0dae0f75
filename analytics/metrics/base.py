"""What a metric is. One declaration makes the rollups' columns, the engine's sums and the rows behind a figure."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cache
from typing import Any

from django.db.models import Aggregate, BigIntegerField, Case, Count, F, Q, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import NullIf

from analytics.query import By
from putler.kernel.money import round_half_up

RATIO_PLACES = 4
BASE = "base_"  # the prefix of columns in the base currency


class Unit(StrEnum):
    """What a figure is written in."""

    MONEY = "money"
    COUNT = "count"
    NUMBER = "number"
    PERCENT = "percent"
    DURATION = "duration"  # whole seconds
    DAYS = "days"  # with two decimals


class Better(Enum):
    """Which direction is welcome."""

    UP = 1
    DOWN = -1
    NEUTRAL = 0

    @property
    def sign(self) -> int:
        """1, -1, or 0 where neither direction is better."""
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What every metric says of itself. `dims`: the cuts it can have beside time; an internal one is only a part."""

    slug: str
    label: str
    formula: str
    unit: Unit
    better: Better = Better.NEUTRAL
    dims: frozenset[By] = frozenset()
    is_internal: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The slugs of what it is computed from."""
        return ()

    def can_be(self, by: By | None) -> bool:
        """Whether the groups of a cut have it; products have figures of their own, and only those."""
        if By.PRODUCT in self.dims:
            return by is By.PRODUCT
        return by is None or by.is_time or by in self.dims


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple(Declared):
    """A sum over the bookings of `where`.

    `value`: the columns that make one booking's share, each with an optional minus; empty: the bookings are counted.
    """

    where: Q
    value: tuple[str, ...] = ()

    @property
    def is_money(self) -> bool:
        """Whether it is summed twice: in the base currency and in each row's own."""
        return self.unit is Unit.MONEY

    @property
    def columns(self) -> dict[str, str]:
        """The rollups' columns, each with the prefix of the booking's columns that it sums."""
        if self.is_money:
            return {f"base_{self.slug}": BASE, f"native_{self.slug}": ""}
        return {self.slug: ""}

    def column(self, *, is_native: bool) -> str:
        """The rollups' column to read: the base currency's, or each row's own."""
        if not self.is_money:
            return self.slug
        return f"native_{self.slug}" if is_native else f"base_{self.slug}"

    def share(self, prefix: str = "") -> Combinable:
        """What one booking adds: minor units or a count; null where its money could not be converted."""
        if not self.value:
            return Value(1, output_field=BigIntegerField())
        first, *rest = (_signed(name, prefix) for name in self.value)
        for term in rest:
            first = first + term
        return first

    def conditional_share(self, prefix: str = "") -> Case:
        """`share`, and zero for a booking that does not count."""
        return Case(When(self.where, then=self.share(prefix)), default=Value(0), output_field=BigIntegerField())

    def sums(self, money: str = BASE) -> Iterator[tuple[str, Aggregate | NullIf]]:
        """(rollup column, aggregate over bookings); null instead of zero, which needs no room.

        `money`: the prefix of the booking's columns that stand for the base currency.
        """
        where = _put_to(self.where, money)
        for column, prefix in self.columns.items():
            if self.value:
                yield column, Sum(self.share(money if prefix == BASE else prefix), filter=where)
            else:
                yield column, NullIf(Count("pk", filter=where), Value(0))


class LineSum(Simple):
    """A sum over booked lines instead, with the conditions and columns that `lines.lines_of` gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total(Declared):
    """Other metrics added up; `terms`: their slugs, each with an optional minus."""

    terms: tuple[str, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """The slugs of its terms."""
        return _slugs(self.terms)

    @property
    def signed(self) -> tuple[tuple[int, str], ...]:
        """(1 or -1, slug) of each term."""
        return _signs(self.terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio(Declared):
    """One total divided by another; never summed or averaged, None over nothing."""

    numerator: str
    denominator: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The slugs of the two numbers."""
        return (self.numerator, self.denominator)

    def of(self, numerator: Decimal | int, denominator: Decimal | int, *, places: int) -> Decimal | int | None:
        """The quotient, rounded half up: money to `places`, other numbers to four; durations down to whole seconds."""
        if not denominator:
            return None
        quotient = Decimal(numerator) / denominator
        if self.unit is Unit.DURATION:
            return int(quotient)
        return round_half_up(quotient, places if self.unit is Unit.MONEY else RATIO_PLACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinct(Declared):
    """A number that depends on who bought, exact over any range: never the sum of smaller ranges.

    `where`: the bookings that it looks at. `made_of`: the slugs that it needs.
    """

    where: Q
    made_of: tuple[str, ...] = ()

    def can_be(self, by: By | None) -> bool:
        """As others, but not by hour: nobody keeps who bought in which."""
        return by is not By.HOUR and Declared.can_be(self, by)

    @property
    def parts(self) -> tuple[str, ...]:
        """As `made_of`."""
        return self.made_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Elapsed(Declared):
    """How much of the range has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Across(Declared):
    """What all groups of a cut have of another metric together, those below zero left out."""

    of: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The slug of that metric."""
        return (self.of,)


Metric = Simple | Total | Ratio | Distinct | Elapsed | Across


@cache  # both are asked for each group of a report
def _slugs(terms: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(slug for _, slug in _signs(terms))


@cache
def _signs(terms: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    return tuple((-1, term[1:]) if term.startswith("-") else (1, term) for term in terms)


def _signed(name: str, prefix: str) -> Combinable:
    column = F(prefix + name.removeprefix("-"))
    return -column if name.startswith("-") else column


def _put_to(where: Q, money: str) -> Q:
    """A condition on columns in the base currency, put to those of another prefix."""
    if money == BASE:
        return where
    parts = [_put_to(part, money) if isinstance(part, Q) else _renamed(part, money) for part in where.children]
    return Q(*parts, _connector=where.connector, _negated=where.negated)


def _renamed(condition: Any, money: str) -> Any:
    name, value = condition
    return (money + name.removeprefix(BASE) if name.startswith(BASE) else name, value)
