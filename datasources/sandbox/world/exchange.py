"""What money becomes when it reaches the shop's balance: its currency, its rate, the provider's fee."""

from datetime import date, datetime, timedelta
from typing import Final

from .catalogue import COUNTRIES, part
from .facts import Payment, Settlement

HOME: Final = "EUR"
MILLION: Final = 1_000_000
WAITS: Final = timedelta(days=7)  # until a payment's money can be paid out
DEBIT_FEE: Final = 35
CARD_FEE: Final = 25
CONVERSION_FEE: Final = 200  # hundredths of a per cent


def rate(currency: str, day: date) -> int:
    """Return euros for one unit of the currency, in millionths; it drifts slowly and never jumps."""
    number = day.toordinal()
    if currency == "USD":
        return 905_000 + 25 * _wave(number, 420) + 4 * _wave(number, 17)
    return 1_180_000 + 20 * _wave(number, 510) + 5 * _wave(number, 23)


def settle(payment: Payment, *, dollars_from: datetime) -> Settlement:
    """Bring a card payment home: converted to euros, unless it is dollars and the shop has a dollar account."""
    at = payment.paid_at or payment.at
    share, available_at = COUNTRIES[payment.buyer.country].card_fee, at + WAITS
    if payment.currency == HOME or (payment.currency == "USD" and at >= dollars_from):
        fee = CARD_FEE + part(payment.amount, share, 10_000)
        return Settlement(payment.currency, payment.amount, fee, available_at)
    price = rate(payment.currency, at.date())
    settled = part(payment.amount, price, MILLION)
    return Settlement(HOME, settled, CARD_FEE + part(settled, share + CONVERSION_FEE, 10_000), available_at, price)


def settle_debit(*, amount: int, at: datetime) -> Settlement:
    """Bring a direct debit home; it is in euros and costs the same whatever its size."""
    return Settlement(HOME, amount, DEBIT_FEE, at + WAITS)


def given_back(payment: Payment, *, amount: int, at: datetime) -> tuple[int, int | None]:
    """Return what giving `amount` back takes from the balance, and the rate of that day where it was converted."""
    if payment.settlement is None or payment.settlement.rate is None:
        return amount, None
    price = rate(payment.currency, at.date())
    return part(amount, price, MILLION), price


def _wave(number: int, length: int) -> int:
    """Go up and down between −1000 and 1000 within `length` days."""
    half = length // 2
    return abs(number % length - half) * 2000 // half - 1000
