"""Arrays of one figure a number, as some rollups keep them: PostgreSQL packs what numpy takes apart and adds up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from numpy.typing import NDArray

from analytics.storing import Select
from datasources.models import Customer, Product

Ints = NDArray[np.int64]
SENT = ">i8"  # how PostgreSQL packs


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows of arrays, each with its key, kept as one array a figure: one row begins where the one before ends."""

    keys: list[tuple[Any, ...]]
    bounds: Ints
    figures: list[Ints]

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]], kinds: Sequence[str]) -> "Groups":
        """Of rows that end with an array of each of these types."""
        width = len(rows[0]) - len(kinds) if rows else 0
        flat = [
            np.frombuffer(b"".join(row[width + place] for row in rows), kind).astype(np.int64)
            for place, kind in enumerate(kinds)
        ]
        sizes = [len(row[width]) // np.dtype(kinds[0]).itemsize for row in rows]
        return cls([tuple(row[:width]) for row in rows], np.cumsum([0, *sizes]), flat)

    @classmethod
    def fetched(cls, rows: QuerySet[Any, Any], keys: Sequence[str], figures: Sequence[str]) -> "Groups":
        """Of a query, grouped by some of its columns; `figures`: SQL over them. Places agree, but have no order."""
        try:
            asked = Select.of(rows.order_by())
        except EmptyResultSet:  # no source in view
            return cls.of([], [SENT] * len(figures))
        names = [f'"{key}"' for key in keys]
        packed = [f"string_agg(int8send({figure}), ''::bytea)" for figure in figures]
        grouped = f"GROUP BY {', '.join(names)}" if names else "HAVING count(*) > 0"
        statement = f"SELECT {', '.join(names + packed)} FROM ({asked.sql}) packed {grouped}"  # noqa: S608
        return cls.of(Select(statement, asked.params).rows(), [SENT] * len(figures))

    def numbered(self, account_id: int, of: type[Customer] | type[Product]) -> "Groups":
        """By rising number, which takes the place of the id that is the first figure."""
        number = Numbers(account_id, self.figures[0], of).of(self.figures[0])
        return self.ordered([number, *self.figures[1:]], by=1)

    def ordered(self, figures: list[Ints], *, by: int) -> "Groups":
        """These figures in place of its own, each row by rising values of so many of the first of them."""
        row = np.repeat(np.arange(len(self.keys)), np.diff(self.bounds))
        order = np.lexsort([*reversed(figures[:by]), row])
        return Groups(self.keys, self.bounds, [each[order] for each in figures])

    def added_up(self) -> Iterator[tuple[tuple[Any, ...], list[Ints]]]:
        """(key, the numbers and the sums of the other figures) of each key, all its rows in one."""
        if self.keys and not any(self.keys):  # they lie behind each other already
            yield (), _summed(*self.figures)
            return
        rows: dict[tuple[Any, ...], tuple[tuple[Any, ...], list[list[Ints]]]] = {}
        for key, figures in self:
            hashable = tuple(tuple(value) if isinstance(value, list) else value for value in key)
            rows.setdefault(hashable, (key, []))[1].append(figures)
        for key, parts in rows.values():
            yield key, _summed(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def packed(self, kinds: Sequence[str]) -> Iterator[tuple[bytes, ...]]:
        """The arrays of each row, in these types."""
        typed = (figure.astype(kind) for figure, kind in zip(self.figures, kinds, strict=True))
        return zip(*map(self.sliced, typed), strict=True)

    def sliced(self, values: NDArray[Any]) -> Iterator[bytes]:
        """What is each row's of one figure."""
        whole, width = values.tobytes(), values.itemsize
        return (whole[start * width : end * width] for start, end in pairwise(self.bounds.tolist()))

    def __iter__(self) -> Iterator[tuple[tuple[Any, ...], list[Ints]]]:
        for key, (start, end) in zip(self.keys, pairwise(self.bounds.tolist()), strict=True):
            yield key, [figure[start:end] for figure in self.figures]


def _summed(every: Ints, *figures: Ints) -> list[Ints]:
    """Each number once, rising, and the sums of the figures by number."""
    number, at = places(every)
    return [number, *(sums(figure, at, len(number)) for figure in figures)]


class Numbers:
    """The numbers of people or things, found by id in a query of its own: a join might look for each by scanning."""

    def __init__(self, account_id: int, ids: Ints, of: type[Customer] | type[Product]) -> None:
        statement = f"""
            SELECT coalesce(string_agg(int8send(id), '' ORDER BY id), ''),
                   coalesce(string_agg(int8send(number), '' ORDER BY id), '')
            FROM {of._meta.db_table} WHERE account_id = %s AND id = ANY(%s)"""  # noqa: S608
        [row] = Select(statement, [account_id, distinct(ids).tolist()]).rows()
        found = (np.frombuffer(packed, SENT).astype(np.int64) for packed in row)
        self._ids, self._numbers = (np.concatenate([[0], each]) for each in found)

    def of(self, ids: Ints) -> Ints:
        """The number of each id; 0, which nobody and nothing has, of 0."""
        numbers: Ints = self._numbers[np.searchsorted(self._ids, ids)]
        return numbers


def places(every: Ints) -> tuple[Ints, Ints]:
    """The numbers that there are, rising, and the place of each of these among them."""
    seen = np.zeros(every.max(initial=-1) + 1, np.bool_)
    seen[every] = True
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[every]


def distinct(values: Ints) -> Ints:
    """Each value once, rising; numpy's own way by hashing takes ten times as long. Best of values that rise in runs."""
    ordered = np.sort(values, kind="stable")
    return ordered[np.diff(ordered, prepend=ordered[:1] - 1) > 0]


def sums(values: Ints, at: Ints, size: int) -> Ints:
    """The values added up by place."""
    total = np.zeros(size, np.int64)
    np.add.at(total, at, values)
    return total
