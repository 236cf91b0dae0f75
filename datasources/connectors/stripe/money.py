"""Stripe's amounts are whole numbers of a unit that is its own, not ISO 4217's.

Source: https://docs.stripe.com/currencies
"""

from datetime import UTC, datetime
from decimal import Decimal

from putler.kernel.money import Money, MoneyError

_DECIMALS = {  # ISK and UGX have none in ISO 4217, but are sent as if they had two
    **dict.fromkeys("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD JOD KWD OMR TND".split(), 3),
}


def money(number: int, currency: str) -> Money:
    """From a number as Stripe sends it, with its lower-case currency. Raises MoneyError for what ISO 4217 lacks."""
    code = currency.upper()
    amount = Money(Decimal(number).scaleb(-_DECIMALS.get(code, 2)), code)
    amount.minor  # noqa: B018  raises for an unknown currency, and for more decimals than it has
    return amount


def instant(seconds: int) -> datetime:
    """From Unix seconds, UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def units(amount: Decimal, currency: str) -> int:
    """The whole number by which Stripe would send an amount. Raises MoneyError for more decimals than it has."""
    scaled = amount.scaleb(_DECIMALS.get(currency.upper(), 2))
    if scaled != scaled.to_integral_value():
        raise MoneyError(f"{amount} has more decimals than {currency.upper()} allows.")
    return int(scaled)
