"""Money: exact decimals with a currency, and the one place that turns them into minor units and back."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation

from putler.kernel.errors import PutlerError

# Source: ISO 4217, active alphabetic codes; those not named below have two decimals.
CURRENCIES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
    CNY COP CRC CUP CVE CYP CZK DJF DKK DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK
    HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD MAD
    MDL MGA MKD MMK MNT MOP MRU MTL MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR
    RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SIT SKK SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
    TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
    """.split()
)
_DECIMALS = {
    **dict.fromkeys(CURRENCIES, 2),
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}
_EXACT = Context(prec=28, traps=[Inexact, InvalidOperation])


class MoneyError(PutlerError):
    """An amount or a currency that is none, or two currencies where one was needed."""


def decimals(currency: str) -> int:
    """How many decimals an amount in this ISO 4217 currency has."""
    try:
        return _DECIMALS[currency]
    except KeyError:
        raise MoneyError(f"“{currency[:40]}” is not an ISO 4217 currency code.") from None


def round_half_up(value: Decimal, places: int = 0) -> Decimal:
    """Round half away from zero, as PostgreSQL's round(numeric, n) does."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency; adding two currencies is refused."""

    amount: Decimal
    currency: str

    @classmethod
    def from_minor(cls, minor: int, currency: str) -> "Money":
        """From whole minor units: 1234 USD is 12.34, 1234 JPY is 1234."""
        return cls(Decimal(minor).scaleb(-decimals(currency)), currency)

    @classmethod
    def sum(cls, parts: Iterable["Money"], *, currency: str) -> "Money":
        """The sum in `currency`; zero over nothing."""
        return sum(parts, cls.from_minor(0, currency))

    @property
    def minor(self) -> int:
        """The amount in whole minor units. Raises MoneyError when it has more decimals than its currency, or no end."""
        try:
            scaled = self.amount.scaleb(decimals(self.currency), _EXACT)
            if scaled.adjusted() >= _EXACT.prec:
                raise InvalidOperation
            whole = int(scaled)
            if whole != scaled:
                raise Inexact
        except Inexact as error:
            raise MoneyError(f"{str(self.amount)[:40]} has more decimals than {self.currency} allows.") from error
        except (InvalidOperation, ValueError, OverflowError) as error:
            raise MoneyError(f"{str(self.amount)[:40]} is not an amount of money.") from error
        return whole

    def __add__(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise MoneyError(f"{self.currency} and {other.currency} cannot be added.")
        return Money(self.amount + other.amount, self.currency)

    def __str__(self) -> str:
        return f"{self.amount:.{decimals(self.currency)}f}"
