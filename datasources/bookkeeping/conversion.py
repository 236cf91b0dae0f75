"""Amounts in the account's currency, at the rate of the row's own day (E6, E7), rounded once.

Source: docs/metrics.md, rules E6 and E7; the rates are the ECB's euro reference rates.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from datasources.bookkeeping.allocation import round_ratio
from putler.kernel.money import decimals

OLDEST = timedelta(days=10)
LARGEST = 10**15  # minor units of a converted amount: thousands of them still fit a bigint
_SCALE = 8  # decimals that a rate is kept with


class _Day(NamedTuple):
    on: date
    units_per_eur: int  # × 10⁸


class Factor(NamedTuple):
    """Minor units of the base currency = minor units × numerator ÷ denominator.

    `is_final`: no rate that may still appear would change it.
    """

    numerator: int
    denominator: int
    is_final: bool

    def convert(self, minor: int) -> int | None:
        """The amount in minor units of the base currency, half away from zero; None for one too large to add up."""
        is_same = self.numerator == self.denominator
        converted = minor if is_same else round_ratio(minor * self.numerator, self.denominator)
        return converted if abs(converted) <= LARGEST else None


class Rates:
    """Exchange rates, each as units of a currency that one euro bought on a day.

    `last_day`: the latest day of which any rate is known; nothing will appear any more for the days before it.
    """

    def __init__(self, rates: Iterable[tuple[str, date, Decimal]], *, last_day: date | None) -> None:
        days: dict[str, list[_Day]] = {}
        for currency, on, units_per_eur in sorted(rates):
            days.setdefault(currency, []).append(_Day(on, int(units_per_eur.scaleb(_SCALE))))
        self._days: Mapping[str, list[_Day]] = days
        self.last_day = last_day or date.min

    def factor(self, currency: str, base: str, on: date) -> Factor | None:
        """How to convert on a UTC day, or None where no rate of the ten days before it is known."""
        if currency == base:
            return Factor(1, 1, is_final=True)
        ours, theirs = self._day(base, on), self._day(currency, on)
        if ours is None or theirs is None:
            return None
        shift = decimals(base) - decimals(currency)
        is_final = self.last_day > on or ours.on == theirs.on == on
        return Factor(ours.units_per_eur * 10 ** max(shift, 0), theirs.units_per_eur * 10 ** max(-shift, 0), is_final)

    def _day(self, currency: str, on: date) -> _Day | None:
        if currency == "EUR":
            return _Day(on, 10**_SCALE)
        days = self._days.get(currency, [])
        index = bisect_right(days, on, key=lambda day: day.on)
        return days[index - 1] if index and on - days[index - 1].on <= OLDEST else None
