"""Whatever sources are in view, the entries that hold are exactly what would count if no other source existed."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datasources.bookkeeping.counting import count
from datasources.bookkeeping.families import MOST_SOURCES, Counted, counted, families
from datasources.bookkeeping.rows import Entry, Row

from .make import PAYPAL, STRIPE, WOO, at, row

SECOND_STORE, FILE = 4, 5
SOURCES = {STRIPE: "gateway", PAYPAL: "gateway", WOO: "store", SECOND_STORE: "store", FILE: "file"}
START = at("2026-02-02 12:00")
few = st.integers(0, 3)


@st.composite
def random_rows(draw: st.DrawFn) -> list[Row]:
    """Rows out of few values, so that they meet: the same orders, amounts, customers and ids again and again."""
    made = {}
    for number in range(draw(st.integers(1, 9))):
        source = draw(st.sampled_from(sorted(SOURCES)))
        kind, status = draw(KINDS), draw(st.sampled_from(["settled", "settled", "settled", "failed", "pending"]))
        external_id = f"x{draw(few)}"
        made[source, external_id] = row(
            source,
            external_id,
            draw(st.sampled_from([0, 100, 200])) * (-1 if kind in {"refund", "dispute"} else 1),
            id=number + 1,
            source_kind=SOURCES[source],
            kind=kind,
            status=status,
            occurred_at=START + timedelta(minutes=5 * draw(few)),
            order_ref=draw(st.sampled_from([None, "A", "B"])),
            payment_ref=draw(st.sampled_from([None, None, "x0", "x1"])),
            provider_refs=draw(st.sampled_from([(), ("x0",), ("x1", "x2")])),
            parent_ref=draw(st.sampled_from([None, "x0", "x1"])),
            customer_id=draw(st.sampled_from([None, 1, 2])),
            tax=draw(st.sampled_from([0, 0, 7])),
            lines=draw(st.sampled_from([(), ((1, 1, 60), (2, 1, 40))])),
        )
    return list(made.values())


KINDS = st.sampled_from(["sale", "sale", "sale", "refund", "adjustment", "fee", "dispute"])


def holding(found: list[Counted], view: set[int]) -> list[Entry]:
    return [
        entry
        for entry, present, absent in found
        if entry.row.source_id in view and set(present) <= view and not set(absent) & view
    ]


def by_row(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.row.id)


def views(rows: list[Row]) -> Iterator[set[int]]:
    sources = sorted({row.source_id for row in rows})
    return (set(view) for size in range(len(sources) + 1) for view in combinations(sources, size))


@pytest.mark.rule("E8")
@settings(max_examples=300, deadline=None)
@given(random_rows())
@example(
    [row(WOO, "W", 100, payment_ref="P", order_ref="A"), row(PAYPAL, "P", 100), row(STRIPE, "s", 100, order_ref="A")]
)
@example([row(WOO, "W", 100, customer_id=1), row(STRIPE, "s", 100, customer_id=1)])
@example([row(source, "x", 100, customer_id=1, source_kind=kind) for source, kind in SOURCES.items()])
def test_every_view_counts_as_if_no_other_source_existed(rows: list[Row]) -> None:
    found = [item for family in families(rows) for item in counted(family)]

    for view in views(rows):
        alone = count(row for row in rows if row.source_id in view)
        assert by_row(holding(found, view)) == by_row(alone)


@settings(max_examples=100, deadline=None)
@given(random_rows())
def test_every_row_is_in_one_family(rows: list[Row]) -> None:
    assert sorted(row.id for family in families(rows) for row in family) == sorted(row.id for row in rows)


@settings(max_examples=100, deadline=None)
@given(random_rows(), st.randoms(use_true_random=False))
def test_families_do_not_depend_on_the_order_of_rows(rows: list[Row], random: object) -> None:
    def split(given: list[Row]) -> set[frozenset[int]]:
        return {frozenset(row.id for row in family) for family in families(given)}

    assert split(rows) == split(random.sample(rows, len(rows)))  # type: ignore[attr-defined]


@settings(max_examples=100, deadline=None)
@given(random_rows(), st.randoms(use_true_random=False))
def test_counting_does_not_depend_on_the_order_of_rows(rows: list[Row], random: object) -> None:
    assert by_row(count(rows)) == by_row(count(random.sample(rows, len(rows))))  # type: ignore[attr-defined]


def test_a_pair_counts_in_three_ways() -> None:
    store, gateway = row(WOO, "W", 100, payment_ref="P"), row(PAYPAL, "P", 100)

    found = {(item.entry.row.external_id, item.present, item.absent) for item in counted([store, gateway])}

    assert found == {("W", (), (PAYPAL,)), ("P", (), (WOO,)), ("P", (WOO,), ())}


def test_rows_of_one_source_count_without_condition() -> None:
    found = list(counted([row(STRIPE, "a", 100), row(STRIPE, "b", -100, kind="refund", parent_ref="a")]))

    assert [(item.present, item.absent) for item in found] == [((), ()), ((), ())]


def test_an_order_number_that_many_sources_share_is_a_coincidence() -> None:
    rows = [row(100 + n, "a", 100, order_ref="1001") for n in range(MOST_SOURCES + 1)]

    assert len(list(families(rows[:-1]))) == 1
    assert len(list(families(rows))) == MOST_SOURCES + 1
