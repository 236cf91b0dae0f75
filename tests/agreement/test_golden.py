"""The golden set: every value as computed by hand and in SQL, whatever way the rows come in."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from analytics import engine
from analytics.query import By
from datasources.services.unlinking import unlink
from tests import make
from tests.agreement.books import Books
from tests.database import kept_rows
from tests.naive.worlds import World

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent.parent / "golden"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text())["accounts"]
SOURCES = ("file", "paypal", "stripe", "woo")
RENAMED = {
    "sale_every_seconds": "sale_every", "median_days_between_orders": "days_between_orders",
    "median_days_to_second_order": "days_to_second_order",
}  # fmt: skip

LISTS = ("products", "heatmap", "top_customers", "balance_change", "rfm", "cohorts", "pareto", "bought_together",
         "first_product", "fastest_moving")  # fmt: skip

Rows = list[dict[str, str]]


def world(account: str, change: Callable[[Rows], Rows] = list) -> World:
    """The golden set in one of its accounts, its rows changed."""
    rows = list(csv.DictReader((GOLDEN / "ledger.csv").open()))
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(change(rows))
    rates, terms = (GOLDEN / "rates.csv").read_text(), EXPECTED[account]
    return World(text.getvalue(), rates, terms["base"], terms["tz"], SOURCES, date(2026, 1, 1), date(2026, 4, 30))


@pytest.fixture(scope="module")
def golden(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Books]]:
    """The golden set in each of its accounts, opened once."""
    with kept_rows(django_db_blocker):
        yield {account: Books.open(world(account)) for account in EXPECTED}


def shuffled(rows: Rows) -> Rows:
    return Random(7).sample(rows, len(rows))


def stores_last(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: row["source_kind"] == "store")


def stores_first(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: row["source_kind"] != "store")


def renamed(rows: Rows) -> Rows:
    names = ("external_id", "order_ref", "payment_ref", "refund_of")
    return [row | {name: row[name] and f"x{row[name][::-1]}" for name in names} for row in rows]


def tripled(rows: Rows) -> Rows:
    money = ("amount", "fee", "tax", "shipping", "discount")
    return [
        row | {name: str(3 * Decimal(row[name])) for name in money} | {"lines": _tripled_lines(row["lines"])}
        for row in rows
    ]


def _tripled_lines(text: str) -> str:
    parts = [part.rsplit(":", 1) for part in text.split("|") if text]
    return "|".join(f"{head}:{3 * Decimal(amount)}" for head, amount in parts)


def figures(books: Books) -> list[Any]:
    """All of the product's answers."""
    return [engine.run(books.query(by=by)).groups for by in By]


def golden_differences(books: Books, account: str) -> list[str]:
    """Every golden value of the account that the product does not meet."""
    terms = EXPECTED[account]
    cuts: list[tuple[By | None, dict[str, Any]]] = [
        (By.MONTH, terms["months"]), (By.DAY, terms["days"]), (By.SOURCE, terms["by_source"]),
        (By.CURRENCY, terms["by_currency"]), (By.COUNTRY, terms["by_country"]),
    ]  # fmt: skip
    found = _unmet("range", terms["range"], engine.run(books.query()).values)
    for by, groups in cuts:
        answered = engine.run(books.query(by=by)).groups
        for key, values in groups.items():
            found += _unmet(f"{by} {key}", values, answered[key])
    return found


def _unmet(where: str, expected: dict[str, Any], values: dict[str, Any]) -> list[str]:
    bounds = {"utc_from", "utc_to", "hours"}
    figures = {slug: values.get(RENAMED.get(slug, slug)) for slug in expected.keys() - bounds}
    return [
        f"{where} {slug}: {expected[slug]}, not {figure}"
        for slug, figure in figures.items()
        if (None if expected[slug] is None else Decimal(str(expected[slug]))) != figure
    ]


@pytest.mark.parametrize("account", EXPECTED)
def test_every_golden_value_is_met(golden: dict[str, Books], account: str) -> None:
    assert golden_differences(golden[account], account) == []
    assert golden[account].differences() == []


@pytest.mark.parametrize("change", [shuffled, renamed, stores_first, stores_last])
def test_neither_order_nor_names_matter(change: Callable[[Rows], Rows]) -> None:
    assert golden_differences(Books.open(world("new_york_usd", change)), "new_york_usd") == []


@pytest.mark.parametrize("late", SOURCES)
def test_a_source_may_arrive_after_all_others(late: str) -> None:
    books = Books.open(world("berlin_eur", lambda rows: [row for row in rows if row["source"] != late]))
    books.take(world("berlin_eur", lambda rows: [row for row in rows if row["source"] == late]).ledger)

    assert golden_differences(books, "berlin_eur") == []


def test_a_second_import_changes_nothing(golden: dict[str, Books]) -> None:
    books = golden["kathmandu_gbp"]
    before = figures(books)
    again = books.take(books.world.ledger)

    assert (again.rows_new, again.rows_changed) == (0, 0)
    assert figures(books) == before


def test_amounts_three_times_as_large_agree_with_the_naive_script() -> None:
    assert Books.open(world("new_york_usd", tripled)).differences() == []


@pytest.mark.parametrize("name", SOURCES)
def test_an_unlinked_source_counts_nowhere_and_hides_nothing(golden: dict[str, Books], name: str) -> None:
    books = golden["berlin_eur"]
    unlink(source=books.source(name), now=make.NOW)

    assert books.differences(unlinked=[name]) == []
    books.follow()
    assert books.differences(unlinked=[name]) == []


@pytest.mark.parametrize("chosen", [{"woo"}, {"paypal"}, {"stripe", "woo"}, {"paypal", "woo"}, {"file"}])
def test_a_choice_of_sources_is_computed_as_if_no_other_existed(golden: dict[str, Books], chosen: set[str]) -> None:
    books = golden["kathmandu_gbp"]
    alone = replace(books.world, ledger=world("kathmandu_gbp", _only(chosen)).ledger)

    assert books.differences(chosen) == []
    assert engine.run(books.query(chosen)).values == engine.run(Books.open(alone).query()).values


def _only(chosen: set[str]) -> Callable[[Rows], Rows]:
    return lambda rows: [row for row in rows if row["source"] in chosen]


def test_every_golden_list_is_met(golden: dict[str, Books], capsys: pytest.CaptureFixture[str]) -> None:
    for account, books in golden.items():
        for name in LISTS:
            call_command(
                "metrics", str(books.account.public_id), "--from", "2026-01-01", "--to", "2026-04-30", "--list", name
            )
            expected = EXPECTED[account][name]
            assert _known(json.loads(capsys.readouterr().out)["list"], expected) == expected, name


def _known(answer: Any, expected: Any) -> Any:
    """An answer without the figures that the golden set does not have; names that it does not have stay."""
    if not isinstance(expected, dict) or not isinstance(answer, dict):
        return answer
    if any(isinstance(value, dict) for value in expected.values()):
        return {name: _known(value, expected.get(name)) for name, value in answer.items()}
    return {slug: answer.get(slug) for slug in expected}


def test_the_golden_goal_is_met(golden: dict[str, Books], capsys: pytest.CaptureFixture[str]) -> None:
    for account, terms in EXPECTED.items():
        goal, now = terms["goal"], terms["month_to_date"]["now"]
        asked = ("--from", "2026-04-01", "--to", "2026-04-30", "--now", now, "--list", "goal")
        told = f"{goal['metric']}={goal['target']}"
        call_command("metrics", str(golden[account].account.public_id), *asked, "--goal", told)
        answer = json.loads(capsys.readouterr().out)["list"]
        assert {name: answer[name] for name in goal} == goal
