"""Invented worlds are valid files, and the identities of the contract hold in each of them."""

import csv
import io
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from . import compute, rows_behind
from .ledger import Row, read_rows
from .make import ledger_of
from .sales import ADDITIVE
from .worlds import World, changed, random_world

SEEDS = range(25)
SIGNS = {"sale": (0, 1), "refund": (-1, 0, 1), "dispute": (-1, 0), "dispute_reversal": (0, 1), "fee": (-1, 1)}

each_world = pytest.mark.parametrize(
    "world", [world for seed in SEEDS for world in (random_world(seed), changed(random_world(seed), seed))]
)


def answer(world: World, **question: Any) -> dict[str, Any]:
    """All numbers of the world's range."""
    return compute(world.ledger, world.rates, **question_of(world) | question)


def question_of(world: World) -> dict[str, Any]:
    """The world's account and range."""
    return {"base": world.base, "zone": world.zone, "start": world.start, "end": world.end}


def records_of(world: World) -> list[dict[str, str]]:
    """The lines of the world's ledger."""
    return list(csv.DictReader(io.StringIO(world.ledger)))


def rows_of(world: World) -> list[Row]:
    """The live rows of the world's ledger."""
    return read_rows(world.ledger, sources=None, unlinked=frozenset())


def test_a_seed_always_gives_the_same_world() -> None:
    assert random_world(7) == random_world(7) != random_world(8)
    assert changed(random_world(7), 1) == changed(random_world(7), 1) != changed(random_world(7), 2)


@each_world
def test_ids_are_unique_within_a_source(world: World) -> None:
    names = Counter((record["source"], record["external_id"]) for record in records_of(world))

    assert max(names.values()) == 1


@each_world
def test_signs_are_as_the_contract_demands(world: World) -> None:
    for row in rows_of(world):
        assert row.amount.compare(0) in SIGNS.get(row.kind, (-1, 0, 1)), row
        assert all(part * row.amount >= 0 for part in (row.tax, row.shipping)), row
        assert row.discount >= 0, row


@each_world
def test_lines_sum_to_the_goods(world: World) -> None:
    for row in rows_of(world):
        if row.lines:
            assert sum(line.amount for line in row.lines) == row.amount - row.tax - row.shipping, row


def test_a_change_keeps_every_id_and_adds_new_ones() -> None:
    world = random_world(3)
    before, after = ({(row["source"], row["external_id"]) for row in records_of(w)} for w in (world, changed(world, 3)))

    assert before < after


def test_the_worlds_together_hold_every_case() -> None:
    answers = [answer(changed(random_world(seed), seed)) for seed in SEEDS]
    answers += [answer(random_world(seed)) for seed in SEEDS]
    matches = Counter(link["match"] for one in answers for link in one["duplicates"].values())
    slugs = {slug for one in answers for slug, value in one["values"].items() if value}

    assert min(matches["reference"], matches["probable"]) > 50
    assert sum(len(one["possible_duplicates"]) for one in answers) > 20
    assert len({currency for one in answers for currency in one["unconverted"]}) >= 3
    assert any(one["corrections"] for one in answers)
    assert any("mollie" in one["by_source"] for one in answers)
    assert slugs == set(answers[0]["values"])


@each_world
@pytest.mark.parametrize("breakdown", ["by_month", "by_day", "by_source", "by_currency", "by_country"])
def test_breakdowns_add_up(world: World, breakdown: str) -> None:
    result = answer(world)
    for slug in ADDITIVE:
        assert sum(group[slug] for group in result[breakdown].values()) == result["values"][slug], slug


@each_world
def test_the_identities_hold(world: World) -> None:
    values = answer(world)["values"]

    assert values["net_sales"] == values["goods_sales"] + values["taxes"] + values["shipping"] - values["disputes"]
    assert values["paying_customers"] == values["new_customers"] + values["returning_customers"]


@each_world
def test_the_rows_behind_a_number_sum_to_it(world: World) -> None:
    values = answer(world)["values"]
    for slug in ("net_earnings", "orders", "units_refunded", "failed_amount", "new_customers"):
        rows = rows_behind(slug, world.ledger, world.rates, **question_of(world))
        assert sum(share for _, _, share in rows) == values[slug], slug


@each_world
def test_the_order_of_the_file_does_not_matter(world: World) -> None:
    records = records_of(world)
    random.Random(0).shuffle(records)

    assert answer(replace(world, ledger=ledger_of(records))) == answer(world)


@each_world
def test_an_unlinked_source_is_as_if_its_rows_were_not_in_the_file(world: World) -> None:
    for source in world.sources:
        without = ledger_of(record for record in records_of(world) if record["source"] != source)
        assert answer(world, unlinked=frozenset({source})) == answer(replace(world, ledger=without))


@each_world
def test_a_filter_is_the_same_as_unlinking_all_others(world: World) -> None:
    chosen = frozenset(world.sources[:3])

    assert answer(world, sources=chosen) == answer(world, unlinked=frozenset(world.sources) - chosen)


@each_world
def test_rows_after_the_range_change_nothing_in_it(world: World) -> None:
    last = f"{world.end + timedelta(days=9)}T12:00:00Z"
    later = {**records_of(world)[0], "source": "till", "source_kind": "file", "external_id": "later"}
    later |= {"occurred_at": last, "kind": "sale", "status": "settled", "customer": "ana@example.com", "order_ref": ""}

    assert answer(replace(world, ledger=ledger_of([*records_of(world), later]))) == answer(world)


@each_world
def test_another_zone_moves_rows_between_days_and_changes_no_money(world: World) -> None:
    wide = {"start": world.start - timedelta(days=60), "end": world.end + timedelta(days=120)}
    here, there = (answer(world, **wide, zone=zone)["values"] for zone in (world.zone, "Pacific/Kiritimati"))

    assert [here[slug] for slug in ADDITIVE] == [there[slug] for slug in ADDITIVE]


def test_converted_money_is_in_the_smallest_unit_of_the_base() -> None:
    for seed in SEEDS:
        world = random_world(seed)
        unit = Decimal({"JPY": "1", "KWD": "0.001"}.get(world.base, "0.01"))
        assert answer(world)["values"]["gross_sales"].as_tuple().exponent == unit.as_tuple().exponent
