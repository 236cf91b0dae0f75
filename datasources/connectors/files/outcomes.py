"""Reading a file row by row: what each says, which contradict each other, and what is left out and why."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from datasources.connectors.base import MovementDraft
from datasources.connectors.files.reading import Reading
from datasources.connectors.files.spill import Seen
from datasources.connectors.files.text import Row
from datasources.connectors.ledger_csv import Good, InTestMode, LineRefused, Refused
from putler.kernel.money import MoneyError

Outcome = Good | Refused | InTestMode
HALF = 2**62


class Reader(Protocol):
    """What reads the rows of one shape of files. Once a file is read, it tells the rest.

    `names`: of products by code. `countries`: all that are named. `products`: how many there are. `notes`: sentences
    on what was left out or had to be assumed.
    """

    names: dict[str, str]
    countries: set[str]

    @property
    def products(self) -> int:
        """Count the different products."""
        ...

    @property
    def notes(self) -> list[str]:
        """Say what a person should know before the file is imported."""
        ...

    def read(self, rows: Iterable[Row]) -> Iterator[Outcome]:
        """Say what becomes of the rows."""
        ...


class LeftOut(Exception):
    """A row that is no movement of its own; the text is what the note says of all such rows."""


class InTest(Exception):
    """A row of the provider's test mode."""


class Noted:
    """Remarks, each with the number of rows that it is true of, and the first of them."""

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()
        self._first: dict[str, int] = {}

    def add(self, remark: str, line: int) -> None:
        """Note that a remark is true of the row at this line."""
        self._count[remark] += 1
        self._first.setdefault(remark, line)

    def __iter__(self) -> Iterator[str]:
        for remark, count in self._count.items():
            rows = "1 row" if count == 1 else f"{count:,} rows"
            yield f"{remark} ({rows}, the first in line {self._first[remark]})"


def each(
    rows: Iterable[Row], draft: Callable[[Row], MovementDraft], *, reading: Reading, width: int, noted: Noted
) -> Iterator[Outcome]:
    """What each row says, in the file's order; of two with one number the second is refused if it differs."""
    seen = Seen()
    for row in rows:
        try:
            check_width(row, width)
            told = draft(row)
            if first := seen.contradicted(told.external_id, row.line, hash(told) % HALF):
                raise LineRefused(f"Line {first} has the same number and says something else.")
        except LeftOut as why:
            noted.add(str(why), row.line)
        except InTest:
            yield InTestMode(row.line)
        except (LineRefused, MoneyError) as error:
            yield Refused(row.line, str(error))
        else:
            yield Good(row.line, reading.source, reading.source_kind, told)


def check_width(row: Row, width: int) -> None:
    """Raise LineRefused for a row with more or fewer fields than the header."""
    if row.fault:
        raise LineRefused(row.fault)
    if len(row.values) != width:
        raise LineRefused(f"It has {len(row.values)} fields, the header has {width}.")
