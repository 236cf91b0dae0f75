"""The shop's diary: whatever is decided is written down for its moment, and read in the order of moments."""

import heapq
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from .facts import Happening, Topic


class Dated(Protocol):
    """Anything that has its moment."""

    @property
    def at(self) -> datetime:
        """When it happens."""
        ...


class Diary:
    """Facts of the future, sorted; numbers are given in the order of writing."""

    def __init__(self) -> None:
        """Begin with empty pages."""
        self._pages: list[tuple[datetime, int, Dated]] = []
        self._written = 0
        self._numbers: Counter[type] = Counter()

    def number(self, kind: type) -> int:
        """Give the next number for a fact of this kind, from 1."""
        self._numbers[kind] += 1
        return self._numbers[kind]

    def write(self, fact: Dated) -> None:
        """Keep a fact until its moment comes."""
        self._written += 1
        heapq.heappush(self._pages, (fact.at, self._written, fact))

    def tell(self, what: str, about: Topic, *, at: datetime) -> None:
        """Write news of a fact."""
        self.write(Happening(self.number(Happening), at, what, about))

    def read(self, *, before: datetime) -> Iterator[Dated]:
        """Tear out the facts before a moment, oldest first, first written first."""
        while self._pages and self._pages[0][0] < before:
            yield heapq.heappop(self._pages)[2]
