"""Parameters of an address: `limit=3`, `created[gte]=…`, `expand[]=…`, and Stripe's complaints about them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from .errors import bad, unknown

SHAPE: Final = re.compile(r"(\w+)(?:\[(\w*)\])?")
BOUNDS: Final[dict[str, Callable[[int], tuple[int | None, int | None]]]] = {
    "gt": lambda value: (value + 1, None),
    "gte": lambda value: (value, None),
    "lt": lambda value: (None, value),
    "lte": lambda value: (None, value + 1),
}
PAGING: Final = frozenset({"limit", "starting_after", "ending_before", "expand[]"})
LONGEST: Final = 100
SHORTEST_DEFAULT: Final = 10


@dataclass(slots=True)
class Params:
    """What was asked for, by name: plain values, values in brackets, and lists."""

    plain: dict[str, str] = field(default_factory=dict)
    nested: dict[str, dict[str, str]] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)

    def flat(self) -> dict[str, str]:
        """Return all plain and nested values by their written name."""
        inner = {f"{key}[{name}]": value for key, names in self.nested.items() for name, value in names.items()}
        return self.plain | inner

    def allow(self, known: Iterable[str]) -> None:
        """Refuse what a path does not know; `name[]` stands for a list, and moments may be ranges."""
        allowed = {*known, *(f"created[{bound}]" for bound in BOUNDS if "created" in known)}
        asked = {*self.flat(), *(f"{name}[]" for name in self.lists)}
        for name in sorted(asked - allowed):
            raise unknown(name.removesuffix("[]"))

    def integer(self, name: str, text: str) -> int:
        """Read a whole number."""
        if not re.fullmatch(r"-?\d{1,15}", text):
            raise bad(name, f"Invalid integer: {text}")
        return int(text)

    def limit(self) -> int:
        """Return how many objects a page has."""
        if "limit" not in self.plain:
            return SHORTEST_DEFAULT
        limit = self.integer("limit", self.plain["limit"])
        if not 1 <= limit <= LONGEST:
            raise bad("limit", "Invalid limit: must be between 1 and 100.")
        return limit

    def range(self, name: str) -> tuple[int | None, int | None]:
        """Return the half-open range of seconds: all of `gt`, `gte`, `lt`, `lte`, or one moment."""
        if name in self.plain:
            exactly = self.integer(name, self.plain[name])
            return exactly, exactly + 1
        low: int | None = None
        high: int | None = None
        for bound, text in self.nested.get(name, {}).items():
            start, end = BOUNDS[bound](self.integer(f"{name}[{bound}]", text))
            low = start if low is None else low if start is None else max(low, start)
            high = end if high is None else high if end is None else min(high, end)
        return low, high


def parse(pairs: Iterable[tuple[str, str]]) -> Params:
    """Sort the parameters of an address by their shape."""
    params = Params()
    for name, value in pairs:
        match = SHAPE.fullmatch(name)
        if not match:
            raise unknown(name)
        key, inner = match.groups()
        if inner is None:
            params.plain[key] = value
        elif inner == "" or inner.isdigit():
            params.lists.setdefault(key, []).append(value)
        else:
            params.nested.setdefault(key, {})[inner] = value
    return params
