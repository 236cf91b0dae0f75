"""Good files, broken in every way we could think of: nothing crashes, nothing comes in by halves, every fault is told.

What a file means is known here beforehand, so that what is left of it can be added up by hand.
"""

import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasources.connectors.files import text
from datasources.connectors.files.readers import reader_of
from datasources.connectors.files.reading import guessed, settled
from datasources.connectors.ledger_csv import FileRefused, Good, InTestMode, Refused

NAMES = ("order", "date", "sku", "quantity", "price")
Table = list[tuple[str, ...]]
ROWS: Table = [
    (
        f"1{number // 2:03}",
        f"2026-0{1 + number % 8}-1{number % 9} 10:0{number % 7}",
        f"SKU{number % 5}",
        str(1 + number % 3),
        f"{number + 1}.{number % 10}5",
    )
    for number in range(24)
]
WRONG = (
    "",
    "n/a",
    "#REF!",
    "2026-13-45",
    "1e999",
    "--5",
    "½",
    "x" * 300,
    "=1+1",
    "‮12",
    "{{7*7}}",
    "<b>1</b>",
    "\u0000x",
)


def write(path: Path, rows: Table, *, delimiter: str = ",", end: str = "\n", encoding: str = "utf-8") -> None:
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in (NAMES, *rows)]
    path.write_bytes((end.join(lines) + end).encode(encoding, "replace"))


def outcomes(path: Path) -> list[Good | Refused | InTestMode]:
    how = text.stored(path)
    reading = settled(guessed(how, currency="EUR", zone="Europe/Berlin", source="Shop"), text.rows(path, how))
    assert not reading.missing
    return list(reader_of(reading, width=len(how.header)).read(text.rows(path, how)))


def totals(found: list[Good | Refused | InTestMode]) -> dict[str, Decimal]:
    return {one.draft.external_id: one.draft.amount.amount for one in found if isinstance(one, Good)}


def sums(rows: Table) -> dict[str, Decimal]:
    """What the orders of these rows are worth, added up without any of our code."""
    added: Counter[str] = Counter()
    for order, _, _, quantity, price in rows:
        added[order] += Decimal(quantity) * Decimal(price)  # type: ignore[assignment]
    return dict(added)  # type: ignore[arg-type]


@st.composite
def breakages(draw: st.DrawFn) -> tuple[Table, set[str]]:
    """The rows in another order, some with a cell that cannot be; and the orders that this spoils."""
    rows = draw(st.permutations(ROWS))
    cell = st.tuples(st.integers(0, len(ROWS) - 1), st.sampled_from((1, 3, 4)), st.sampled_from(WRONG[:-1]))
    broken = draw(st.lists(cell, max_size=4))
    table, spoiled = [list(row) for row in rows], set()
    for line, column, wrong in broken:
        table[line][column] = wrong
        spoiled.add(table[line][0])
    return [tuple(row) for row in table], spoiled


@settings(max_examples=120, deadline=None)
@given(
    breakages(),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_good_orders_keep_their_totals_and_every_bad_line_has_a_reason(
    tmp_path_factory: pytest.TempPathFactory,
    broken: tuple[Table, set[str]],
    delimiter: str,
    end: str,
    encoding: str,
) -> None:
    path = tmp_path_factory.mktemp("broken") / "shop.csv"
    table, spoiled = broken
    write(path, table, delimiter=delimiter, end=end, encoding=encoding)
    found = outcomes(path)

    assert totals(found) == {order: sum_ for order, sum_ in sums(ROWS).items() if order not in spoiled}
    refused = [one for one in found if isinstance(one, Refused)]
    assert all(1 < one.line <= len(table) + 1 and one.reason.endswith(".") for one in refused)
    assert sum(one.rows for one in found if not isinstance(one, InTestMode)) == len(table)


def _cut(content: bytes, at: int, with_: bytes) -> bytes:
    return content[:at] + with_ + content[at + len(with_) :]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1_000), st.binary(min_size=1, max_size=12), st.booleans())
def test_no_wound_makes_more_of_a_file_than_it_was(
    tmp_path_factory: pytest.TempPathFactory, at: int, bytes_: bytes, is_inserted: bool
) -> None:
    path = tmp_path_factory.mktemp("wound") / "shop.csv"
    write(path, ROWS)
    content = path.read_bytes()
    path.write_bytes(content[:at] + bytes_ + content[at:] if is_inserted else _cut(content, at, bytes_))
    try:
        how = text.stored(path)
        reading = settled(guessed(how, currency="EUR", zone="UTC", source="Shop"), text.rows(path, how))
        found = [] if reading.missing else list(reader_of(reading, width=len(how.header)).read(text.rows(path, how)))
    except FileRefused as error:
        found = [Refused(0, str(error))]
    assert all(one.reason.endswith(".") for one in found if isinstance(one, Refused))
    assert len(totals(found)) <= len(sums(ROWS)) + 2


def lied(tmp_path: Path, change: Callable[[list[str]], list[str]]) -> list[Good | Refused | InTestMode]:
    path = tmp_path / "lies.csv"
    write(path, ROWS)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(change(lines)) + "\n", encoding="utf-8")
    return outcomes(path)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("a summary at the end", lambda lines: [*lines, '"","","Total","48","999.00"']),
        ("a footer of another width", lambda lines: [*lines, "Exported by Shop, page 1 of 1"]),
        ("the header again", lambda lines: [*lines[:9], lines[0], *lines[9:]]),
        ("a second table", lambda lines: [*lines, "", '"customer","since"', '"Ann","2026-01-01"']),
        ("another delimiter", lambda lines: [*lines, '"9999";"2026-01-01";"TEE";"1";"5.00"']),
    ],
)
def test_what_is_no_row_of_the_table_is_refused_by_line(
    tmp_path: Path, name: str, change: Callable[[list[str]], list[str]]
) -> None:
    found = lied(tmp_path, change)

    assert totals(found) == sums(ROWS)
    assert any(isinstance(one, Refused) for one in found), name


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        ("1,5,0", "number"),
        ("1e3", "number"),
        ("€", "number"),
        ("1.2345678", "decimals"),
        ("9" * 30, "number"),
        ("", "number"),
    ],
)
def test_a_price_that_is_none_says_so(tmp_path: Path, price: str, reason: str) -> None:
    found = lied(tmp_path, lambda lines: [*lines, f'"9999","2026-01-01","TEE","1","{price}"'])
    (refused,) = (
        one for one in found if isinstance(one, Refused) and one.line == len(ROWS) + 2 and "order" not in one.reason
    )

    assert reason in refused.reason


@pytest.mark.parametrize(
    "price", ["$5.00", "5.00 €", "£ 5.00", "EUR 5.00", "5.00 EUR", "(5.00)", "5.00-", "−5.00", "+5"]
)
def test_signs_around_a_number_are_understood(tmp_path: Path, price: str) -> None:
    found = lied(tmp_path, lambda lines: [*lines, f'"9999","2026-01-01","TEE","1","{price}"'])

    assert abs(totals(found)["9999"]) == 5


@pytest.mark.parametrize(
    ("day", "instant"),
    [
        ("2026-03-29 02:30", "2026-03-29T01:30"),  # skipped in Berlin
        ("2026-10-25 02:30", "2026-10-25T00:30"),  # twice in Berlin: the first
        ("46082", "2026-02-28T23:00"),  # the number that Excel gives 1 March
        ("46082.5", "2026-03-01T11:00"),
    ],
)
def test_odd_times_are_instants(tmp_path: Path, day: str, instant: str) -> None:
    found = lied(tmp_path, lambda lines: [*lines, f'"9999","{day}","TEE","1","5.00"'])
    (order,) = (one.draft for one in found if isinstance(one, Good) and one.draft.external_id == "9999")

    assert f"{order.occurred_at:%Y-%m-%dT%H:%M}" == instant


def test_an_order_number_that_a_spreadsheet_has_ruined_is_refused(tmp_path: Path) -> None:
    found = lied(tmp_path, lambda lines: [*lines, '"4.50789E+11","2026-01-01","TEE","1","5.00"'])
    (refused,) = (one for one in found if isinstance(one, Refused) and "spreadsheet" in one.reason)

    assert refused.line == len(ROWS) + 2


def test_lines_that_end_in_three_manners_are_lines(tmp_path: Path) -> None:
    path, chance = tmp_path / "ends.csv", random.Random(1)
    write(path, ROWS)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_bytes("".join(line + chance.choice(["\n", "\r\n", "\r"]) for line in lines).encode())

    assert totals(outcomes(path)) == sums(ROWS)


def test_a_file_that_is_long_enough_to_be_spilled_is_read_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.csv"
    write(path, random.Random(2).sample(ROWS, len(ROWS)))
    held = outcomes(path)
    monkeypatch.setattr("datasources.connectors.files.spill.AT_ONCE", 5)

    assert sorted(map(repr, outcomes(path))) == sorted(map(repr, held))
