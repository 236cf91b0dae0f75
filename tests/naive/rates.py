"""E6 and E7: money in the base currency, at the rate of the UTC date."""

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .ledger import Row, rounded

OLDEST_RATE_DAYS = 10


@dataclass(frozen=True)
class Rates:
    """Units per euro by (day, currency), and the currency to convert to."""

    per_euro: dict[tuple[date, str], Decimal]
    base: str

    def on(self, day: date, currency: str) -> Decimal | None:
        """The currency's rate of the day, else the latest earlier one of the ten days before; None if there is none."""
        if currency == "EUR":
            return Decimal(1)
        for age in range(OLDEST_RATE_DAYS + 1):
            rate = self.per_euro.get((day - timedelta(days=age), currency))
            if rate is not None:
                return rate
        return None


@dataclass(frozen=True)
class BaseMoney:
    """A row's columns in the base currency, each rounded once."""

    amount: Decimal
    fee: Decimal
    tax: Decimal
    shipping: Decimal
    discount: Decimal


NOTHING = BaseMoney(*[Decimal(0)] * 5)
"""What a row without a rate adds to converted totals."""


def read_rates(text: str, base: str) -> Rates:
    """The rates of the file, to convert into `base`."""
    records = csv.DictReader(io.StringIO(text))
    per_euro = {
        (date.fromisoformat(record["date"]), record["currency"]): Decimal(record["units_per_eur"]) for record in records
    }
    return Rates(per_euro, base)


def rate_of(row: Row, rates: Rates) -> tuple[Decimal, Decimal]:
    """Units per euro of base money and of the row's currency; nothing and one where a rate is missing."""
    if row.currency == rates.base:
        return Decimal(1), Decimal(1)
    of_base, of_row = (rates.on(row.occurred_at.date(), currency) for currency in (rates.base, row.currency))
    return (Decimal(0), Decimal(1)) if of_base is None or of_row is None else (of_base, of_row)


def converted(row: Row, rates: Rates) -> BaseMoney | None:
    """The row in base currency; None where a rate is missing."""
    if row.currency == rates.base:
        return BaseMoney(row.amount, row.fee, row.tax, row.shipping, row.discount)
    day = row.occurred_at.date()
    of_base, of_row = rates.on(day, rates.base), rates.on(day, row.currency)
    if of_base is None or of_row is None:
        return None
    columns = (row.amount, row.fee, row.tax, row.shipping, row.discount)
    return BaseMoney(*[rounded(column * of_base / of_row, rates.base) for column in columns])
