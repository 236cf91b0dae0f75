"""What does not fit into memory: a file may have two million rows, and a machine little memory.

Up to AT_ONCE rows stay in memory. More go to temporary files without a name, which are gone with the process.
"""

import marshal
import sqlite3
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import IO
from zlib import crc32

from datasources.connectors.files.text import Row

AT_ONCE = 50_000
_PARTS = 64  # of all rows, each small enough to be held: the rows of an order are in one of them

Entry = tuple[str, int, list[str]]  # number of the order, line, cells


class Gathered:
    """Rows by the number of their order: those of one come out together wherever they stood."""

    def __init__(self, numbered: Iterable[tuple[str, Row]]) -> None:
        self._held: list[Entry] = []
        self._files: list[IO[bytes]] = []
        for number, row in numbered:
            self._held.append((number, row.line, row.values))
            if len(self._held) >= AT_ONCE:
                self._spill()
        if self._files:
            self._spill()

    def numbers(self) -> Iterator[str]:
        """Every number once."""
        for part in self._parts():
            yield from dict.fromkeys(number for number, *_ in part)

    def orders(self) -> Iterator[tuple[str, list[Row]]]:
        """Number and rows of each order: as they stand in the file, or in a long file in its parts."""
        for part in self._parts():
            orders: dict[str, list[Row]] = {}
            for number, line, values in part:
                orders.setdefault(number, []).append(Row(line, values))
            yield from orders.items()

    def _spill(self) -> None:
        self._files = self._files or [TemporaryFile() for _ in range(_PARTS)]  # noqa: SIM115  closed with their owner
        parts: list[list[Entry]] = [[] for _ in self._files]
        for entry in self._held:
            parts[crc32(entry[0].encode("utf-8", "surrogatepass")) % _PARTS].append(entry)
        for file, part in zip(self._files, parts, strict=True):
            marshal.dump(part, file)
        self._held.clear()

    def _parts(self) -> Iterator[list[Entry]]:
        if not self._files:
            yield self._held
        for file in self._files:
            file.seek(0)
            part: list[Entry] = []
            while file.peek(1):  # type: ignore[attr-defined]
                part += marshal.load(file)  # noqa: S302  written above, to a file without a name
            yield part


class Seen:
    """Which keys were told of, where first, and what was said: for those that contradict themselves."""

    def __init__(self) -> None:
        self._told = sqlite3.connect("", isolation_level=None)  # "": a file without a name
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8000", "temp_store = FILE"):
            self._told.execute(f"PRAGMA {setting}")
        self._told.execute("CREATE TABLE told (key BLOB PRIMARY KEY, line INTEGER, said INTEGER) WITHOUT ROWID")
        self._told.execute("BEGIN")

    def contradicted(self, key: str, line: int, said: int) -> int | None:
        """Return the line that said something else of this key first; None where none did. `said`: below 2 ** 63."""
        stored = key.encode("utf-8", "surrogatepass")
        if self._told.execute("INSERT OR IGNORE INTO told VALUES (?, ?, ?)", (stored, line, said)).rowcount:
            return None
        first, known = self._told.execute("SELECT line, said FROM told WHERE key = ?", (stored,)).fetchone()
        return None if known == said else int(first)
