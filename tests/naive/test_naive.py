"""The computation meets the golden file, and the worked example, to the cent."""

import json
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from . import compute, rows_behind
from .comparison import change
from .days import Range
from .sales import ADDITIVE

GOLDEN = Path(__file__).parents[1] / "golden"
LEDGER, RATES = (GOLDEN / "ledger.csv").read_text(), (GOLDEN / "rates.csv").read_text()
EXPECTED = json.loads((GOLDEN / "expected.json").read_text())
ACCOUNTS = EXPECTED["accounts"]
START, END = date(2026, 1, 1), date(2026, 4, 30)

each_account = pytest.mark.parametrize("name", ACCOUNTS)


@cache
def golden(name: str, now: datetime | None = None) -> dict[str, Any]:
    """The account's four months."""
    account = ACCOUNTS[name]
    return compute(LEDGER, RATES, base=account["base"], zone=account["tz"], start=START, end=END, now=now)


@cache
def worked(start: date, end: date) -> dict[str, Any]:
    """A range of the worked example."""
    folder = GOLDEN / "worked"
    texts = [(folder / file).read_text() for file in ("ledger.csv", "rates.csv")]
    return compute(*texts, base="EUR", zone="Europe/Berlin", start=start, end=end)


def assert_same(actual: Any, expected: Any, where: str) -> None:
    """Every value of `expected` is met; numbers in text are numbers, lists may be tuples, instants may be values."""
    if isinstance(expected, dict):
        for key in expected:
            assert_same(actual[key], expected[key], f"{where} {key}")
    elif isinstance(expected, list):
        assert len(actual) == len(expected), where
        for place, (one, other) in enumerate(zip(actual, expected, strict=True)):
            assert_same(one, other, f"{where} {place}")
    elif isinstance(actual, datetime):
        assert actual == datetime.fromisoformat(expected), where
    elif isinstance(actual, Decimal):
        assert actual == Decimal(str(expected)), where
    else:
        assert (type(actual), actual) == (type(expected), expected), where


@each_account
def test_the_whole_range_is_met(name: str) -> None:
    values = golden(name)["values"]

    assert set(values) == set(ACCOUNTS[name]["range"])
    assert_same(values, ACCOUNTS[name]["range"], name)


@each_account
def test_every_product_and_hour_is_met(name: str) -> None:
    found = golden(name)

    assert set(found["products"]) == set(ACCOUNTS[name]["products"])
    assert_same(found["products"], ACCOUNTS[name]["products"], name)
    assert set(found["heatmap"]) == set(ACCOUNTS[name]["heatmap"])
    assert_same(found["heatmap"], ACCOUNTS[name]["heatmap"], name)


@each_account
def test_every_month_is_met(name: str) -> None:
    by_month = golden(name)["by_month"]

    assert set(by_month) == set(ACCOUNTS[name]["months"])
    assert_same(by_month, ACCOUNTS[name]["months"], name)


@each_account
def test_the_chosen_days_and_their_bounds_are_met(name: str) -> None:
    zone = ZoneInfo(ACCOUNTS[name]["tz"])
    for day, expected in ACCOUNTS[name]["days"].items():
        period = Range(date.fromisoformat(day), date.fromisoformat(day), zone)
        hours = (period.end - period.start).total_seconds() / 3600
        bounds = {"utc_from": period.start, "utc_to": period.end, "hours": hours}
        assert_same(golden(name)["by_day"][day] | bounds, expected, f"{name} {day}")


@each_account
@pytest.mark.parametrize("breakdown", ["by_source", "by_currency", "by_country"])
def test_every_breakdown_is_met_and_has_no_other_group_with_sales(name: str, breakdown: str) -> None:
    groups, expected = golden(name)[breakdown], ACCOUNTS[name][breakdown]
    others = [groups[group] for group in groups if group not in expected]

    assert_same(groups, expected, f"{name} {breakdown}")
    assert all((group["gross_sales"], group["net_sales"], group["orders"]) == (0, 0, 0) for group in others)


@each_account
@pytest.mark.parametrize("key", ["top_customers", "corrections", "balance_change"])
def test_every_list_is_met(name: str, key: str) -> None:
    actual, expected = golden(name)[key], ACCOUNTS[name][key]

    assert len(actual) == len(expected) if isinstance(expected, (dict, list)) else True
    assert_same(actual, expected, f"{name} {key}")


@each_account
def test_nothing_is_left_unconverted(name: str) -> None:
    assert list(golden(name)["unconverted"]) == ACCOUNTS[name]["unconverted"]


@each_account
@pytest.mark.parametrize("key", ["month_to_date", "today"])
def test_every_comparison_is_met(name: str, key: str) -> None:
    expected = ACCOUNTS[name][key]
    actual = golden(name, datetime.fromisoformat(expected["now"]))[key]

    assert set(actual) == set(expected)
    assert_same(actual, expected, f"{name} {key}")


@each_account
def test_the_duplicates_are_met(name: str) -> None:
    assert golden(name)["duplicates"] == EXPECTED["duplicates"]
    assert golden(name)["possible_duplicates"] == EXPECTED["possible_duplicates"]


@each_account
@pytest.mark.parametrize("slug", ADDITIVE)
def test_the_rows_behind_a_number_sum_to_it(name: str, slug: str) -> None:
    account = ACCOUNTS[name]
    rows = rows_behind(slug, LEDGER, RATES, base=account["base"], zone=account["tz"], start=START, end=END)

    assert sum(share for _, _, share in rows) == golden(name)["values"][slug]


def test_the_worked_january() -> None:
    assert_same(
        worked(date(2026, 1, 1), date(2026, 1, 31))["values"],
        {
            "gross_sales": "100.00", "refunds": "0.00", "disputes": "0.00", "net_sales": "100.00", "taxes": "0.00",
            "shipping": "10.00", "goods_sales": "90.00", "fees": "3.00", "net_earnings": "97.00", "orders": 1,
            "aov": "100.00", "refund_rate": "0", "dispute_rate": "0", "failed_orders": 0, "pending_sales": 0,
            "paying_customers": 1, "new_customers": 1, "returning_customers": 0, "repeat_rate": "0",
        },
        "January",
    )  # fmt: skip


def test_the_worked_february() -> None:
    assert_same(
        worked(date(2026, 2, 1), date(2026, 2, 28))["values"],
        {
            "gross_sales": "100.00", "refunds": "50.00", "disputes": "50.00", "net_sales": "0.00", "taxes": "8.00",
            "shipping": "-5.00", "goods_sales": "47.00", "fees": "17.50", "net_earnings": "-25.50", "orders": 2,
            "aov": "50.00", "refund_rate": "0.5", "dispute_rate": "0.5", "failed_orders": 1, "pending_sales": 1,
            "paying_customers": 2, "new_customers": 1, "returning_customers": 1, "repeat_rate": "0.5",
            "units": 3, "units_refunded": 0,
        },
        "February",
    )  # fmt: skip


def test_the_worked_changes_between_the_months() -> None:
    january = worked(date(2026, 1, 1), date(2026, 1, 31))["values"]
    february = worked(date(2026, 2, 1), date(2026, 2, 28))["values"]

    assert change(february["net_sales"], january["net_sales"]) == Decimal("-1.0000")
    assert change(february["disputes_opened"], january["disputes_opened"]) == "new"


def test_worked_customers_are_not_added_up_over_months() -> None:
    assert worked(date(2026, 1, 1), date(2026, 2, 28))["values"]["paying_customers"] == 2
