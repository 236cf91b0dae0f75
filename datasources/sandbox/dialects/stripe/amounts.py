"""Amounts as Stripe writes them: whole numbers whose unit is not always the currency's own minor unit.

Source: https://docs.stripe.com/currencies#zero-decimal
"""

from datetime import datetime
from typing import Final

# Stripe's decimals where they differ from the world's minor units, which are ISO 4217's.
SHIFTS: Final = {"ISK": 2, "UGX": 2, "MGA": -2}


def minor(amount: int, currency: str) -> int:
    """Turn minor units of ISO 4217 into Stripe's."""
    shift = SHIFTS.get(currency, 0)
    factor = int(10 ** abs(shift))
    return amount * factor if shift >= 0 else amount // factor


def code(currency: str) -> str:
    """Write a currency in lower case."""
    return currency.lower()


def seconds(moment: datetime) -> int:
    """Write a moment in seconds since 1970."""
    return int(moment.timestamp())
