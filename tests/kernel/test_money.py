"""Money: minor units by currency, rounding half away from zero, and what is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from putler.kernel.money import CURRENCIES, Money, MoneyError, decimals, round_half_up

MINOR = st.integers(-(2**63), 2**63 - 1)  # what a bigint column holds


@pytest.mark.parametrize(
    ("currency", "minor", "text"),
    [("USD", 1234, "12.34"), ("JPY", 1234, "1234"), ("KWD", 1234, "1.234"), ("EUR", -5, "-0.05"), ("EUR", 0, "0.00")],
)
def test_minor_units_are_those_of_the_currency(currency: str, minor: int, text: str) -> None:
    money = Money.from_minor(minor, currency)

    assert (str(money), money.minor) == (text, minor)


@pytest.mark.parametrize(
    ("places", "codes"),
    [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
    ],
)
def test_the_currencies_without_cents_and_those_with_thousandths(places: int, codes: str) -> None:
    assert {code for code in CURRENCIES if decimals(code) == places} == set(codes.split())


def test_every_other_currency_has_two_decimals() -> None:
    assert {decimals(code) for code in CURRENCIES} == {0, 2, 3}


@given(MINOR, st.sampled_from(sorted(CURRENCIES)))
def test_minor_units_come_back_unchanged(minor: int, currency: str) -> None:
    assert Money.from_minor(minor, currency).minor == minor


def test_a_refusal_quotes_no_more_than_a_line() -> None:
    with pytest.raises(MoneyError) as raised:
        decimals("x" * 10_000)

    assert len(str(raised.value)) < 100


@pytest.mark.parametrize("code", ["", "eur", "EURO", "XXX", "BTC", "€"])
def test_what_is_no_iso_code_is_refused(code: str) -> None:
    with pytest.raises(MoneyError, match="not an ISO 4217 currency code"):
        decimals(code)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("1.005", "EUR"),
        ("0.5", "JPY"),
        ("0.0001", "KWD"),
        ("1e-400", "EUR"),
        ("123.4500000000000000000000000000001", "EUR"),  # more digits than Decimal computes with
    ],
)
def test_more_decimals_than_the_currency_has_are_refused_not_rounded(amount: str, currency: str) -> None:
    with pytest.raises(MoneyError, match="more decimals"):
        Money(Decimal(amount), currency).minor  # noqa: B018


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1e400", "-1e999999999"])
def test_what_nobody_can_count_has_no_minor_units(amount: str) -> None:
    with pytest.raises(MoneyError):
        Money(Decimal(amount), "EUR").minor  # noqa: B018


def test_decimals_that_say_nothing_are_accepted() -> None:
    assert Money(Decimal("12.3400"), "EUR").minor == 1234


def test_two_currencies_cannot_be_added() -> None:
    with pytest.raises(MoneyError, match="EUR and USD cannot be added"):
        Money.from_minor(1, "EUR") + Money.from_minor(1, "USD")


def test_a_sum_is_exact() -> None:
    cents = [Money.from_minor(10, "EUR"), Money.from_minor(20, "EUR")]

    assert Money.sum(cents, currency="EUR") == Money.from_minor(30, "EUR")


def test_a_sum_of_another_currency_than_asked_for_is_refused() -> None:
    with pytest.raises(MoneyError):
        Money.sum([Money.from_minor(1, "USD")], currency="EUR")


def test_the_sum_of_nothing_is_zero() -> None:
    assert Money.sum([], currency="JPY") == Money(Decimal(0), "JPY")


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("0.125", 2, "0.13"),  # half to even would give 0.12
        ("-0.125", 2, "-0.13"),
        ("0.1249", 2, "0.12"),
        ("1234.5", 3, "1234.500"),
    ],
)
def test_a_half_is_rounded_away_from_zero(value: str, places: int, rounded: str) -> None:
    assert str(round_half_up(Decimal(value), places)) == rounded
