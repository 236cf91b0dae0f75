"""Base amounts at the rate of the row's own UTC day (docs/metrics.md, E6 and E7)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.bookkeeping.conversion import Factor, Rates

FRIDAY, SUNDAY, MONDAY = date(2026, 1, 30), date(2026, 2, 1), date(2026, 2, 2)
KNOWN = [
    ("USD", FRIDAY, Decimal("1.10")),
    ("USD", MONDAY, Decimal("1.20")),
    ("JPY", FRIDAY, Decimal(160)),
    ("KWD", FRIDAY, Decimal("0.33")),
]


def factor(currency: str, base: str, on: date, last_day: date | None = MONDAY) -> Factor:
    found = Rates(KNOWN, last_day=last_day).factor(currency, base, on)
    assert found is not None
    return found


@pytest.mark.rule("E6")
@pytest.mark.parametrize(
    ("minor", "currency", "base", "expected"),
    [
        (11000, "USD", "EUR", 10000),  # 110.00 ÷ 1.10
        (-5500, "USD", "EUR", -5000),
        (1, "USD", "EUR", 1),  # 0.909 of a cent
        (11, "EUR", "USD", 12),  # 12.1
        (5, "EUR", "USD", 6),  # 5.5, away from zero
        (-5, "EUR", "USD", -6),
        (160, "JPY", "EUR", 100),  # 160 yen are one euro: 100 cents
        (100, "EUR", "JPY", 160),
        (33, "KWD", "EUR", 10),  # 0.033 dinars are ten cents
        (330, "KWD", "JPY", 160),
    ],
)
def test_an_amount_is_converted_and_rounded_once(minor: int, currency: str, base: str, expected: int) -> None:
    assert factor(currency, base, FRIDAY).convert(minor) == expected


@pytest.mark.rule("E6")
@given(st.integers(-(10**12), 10**12))
def test_the_base_currency_stays_as_it_is_without_any_rate(minor: int) -> None:
    same = Rates([], last_day=None).factor("XAF", "XAF", SUNDAY)

    assert same is not None
    assert (same.convert(minor), same.is_final) == (minor, True)


@pytest.mark.rule("E6")
@given(st.integers(-(10**14), 10**14), st.sampled_from(["USD", "EUR"]), st.sampled_from(["USD", "EUR"]))
def test_a_conversion_is_the_exact_quotient_rounded_half_up(minor: int, currency: str, base: str) -> None:
    rates = {"EUR": Decimal(1), "USD": Decimal("1.10")}
    converted = factor(currency, base, FRIDAY).convert(minor)
    assert converted is not None
    off = Decimal(converted) * rates[currency] - minor * rates[base]

    assert abs(off) <= rates[currency] / 2


@pytest.mark.rule("E7")
def test_a_weekend_has_fridays_rate() -> None:
    assert factor("USD", "EUR", SUNDAY).convert(-5500) == -5000


@pytest.mark.rule("E7")
@pytest.mark.parametrize(
    ("on", "is_known"), [(date(2026, 2, 9), True), (date(2026, 2, 10), False), (date(2026, 1, 29), False)]
)
def test_a_rate_is_at_most_ten_days_old_and_never_a_later_one(on: date, is_known: bool) -> None:
    assert (Rates(KNOWN, last_day=MONDAY).factor("JPY", "EUR", on) is not None) == is_known


@pytest.mark.rule("E7")
@pytest.mark.parametrize(("currency", "base"), [("VND", "EUR"), ("EUR", "VND"), ("VND", "USD"), ("USD", "VND")])
def test_a_currency_without_any_rate_is_not_converted(currency: str, base: str) -> None:
    assert Rates(KNOWN, last_day=MONDAY).factor(currency, base, FRIDAY) is None


@pytest.mark.rule("E7")
def test_a_rate_that_lags_behind_the_others_of_its_day_is_waited_for() -> None:
    assert not factor("JPY", "EUR", MONDAY, last_day=MONDAY).is_final


@pytest.mark.rule("E7")
@pytest.mark.parametrize(
    ("on", "last_day", "is_final"),
    [
        (FRIDAY, FRIDAY, True),  # the day's own rate is there
        (SUNDAY, FRIDAY, False),  # a rate of Sunday or Saturday might still come
        (SUNDAY, MONDAY, True),  # Monday's came: Sunday will have none
        (MONDAY, None, True),
        (date(2026, 2, 3), MONDAY, False),
    ],
)
def test_a_rate_is_final_once_no_better_one_can_come(on: date, last_day: date | None, is_final: bool) -> None:
    assert factor("USD", "EUR", on, last_day).is_final == is_final


def test_what_is_too_large_to_add_up_is_not_converted() -> None:
    assert factor("EUR", "USD", FRIDAY).convert(10**15) is None
