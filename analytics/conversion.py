"""A display currency: native money at the reference rate of its day. Source: docs/metrics.md, rules E6 and E7."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from datasources.models import Rate
from putler.kernel.money import CURRENCIES, decimals, round_half_up

EURO = "EUR"
RATE_PLACES = 10
OLDEST = timedelta(days=10)  # how old a rate may be

_ALWAYS_QUOTED = "USD"
# By name, so that the index serves it.
_QUOTED = f"""
    SELECT currency FROM {Rate._meta.db_table}
    WHERE currency = ANY(%s) AND "on" = (SELECT max("on") FROM {Rate._meta.db_table} WHERE currency = %s)"""  # noqa: S608


def quoted_currencies() -> list[str]:
    """The currencies beside the euro of which the latest day has a rate."""
    with connection.cursor() as cursor:
        cursor.execute(_QUOTED, [sorted(CURRENCIES), _ALWAYS_QUOTED])
        return [currency for (currency,) in cursor.fetchall()]


class Rates:
    """The rates between some currencies and a target, over some days. One query."""

    def __init__(self, currencies: Collection[str], target: str, first: date, last: date) -> None:
        self.target = target
        self._on: dict[tuple[str, date], date] = {}
        self._quotes: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
        self._found: dict[tuple[str, date], Decimal | None] = {}
        rates = Rate.objects.filter(currency__in={*currencies, target} - {EURO}, on__range=(first - OLDEST, last))
        for currency, on, units in rates.order_by("on").values_list("currency", "on", "units_per_eur"):
            self._quotes[currency].append((on, units))

    def convert(self, minor: int, currency: str, on: date) -> Decimal | None:
        """Minor units of a day as major units of the target, not rounded; None without a rate of the last ten days."""
        amount = Decimal(minor).scaleb(-decimals(currency))
        if currency == self.target:
            return amount
        per_euro, target = self._units(currency, on), self._units(self.target, on)
        return None if per_euro is None or target is None else amount * target / per_euro

    def rate(self, currency: str, on: date) -> tuple[Decimal, date] | None:
        """(units of the target for one of a currency on a day, the day of the older of its rates); ten decimals."""
        if currency == self.target:
            return None
        per_euro, target = self._units(currency, on), self._units(self.target, on)
        if per_euro is None or target is None:
            return None
        quoted = min(self._on.get((each, on), on) for each in {currency, self.target} - {EURO})
        return round_half_up(target / per_euro, RATE_PLACES), quoted

    def _units(self, currency: str, on: date) -> Decimal | None:
        if currency == EURO:
            return Decimal(1)
        if (currency, on) not in self._found:
            quotes = self._quotes[currency]
            place = bisect_right(quotes, on, key=lambda quote: quote[0])
            is_fresh = place > 0 and quotes[place - 1][0] >= on - OLDEST
            self._found[currency, on] = quotes[place - 1][1] if is_fresh else None
            if is_fresh:
                self._on[currency, on] = quotes[place - 1][0]
        return self._found[currency, on]
