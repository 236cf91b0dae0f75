"""What is kept how long, in the words of the declarations of every field."""

from typing import NamedTuple

from compliance.stores import declarations
from putler.personal import Personal


class Line(NamedTuple):
    """What is kept of somebody for one purpose: where, for how long, on what ground, and how it goes."""

    whose: str
    purpose: str
    tables: str
    kept: str
    basis: str
    goes: str


def lines() -> list[Line]:
    """One for each purpose, those about customers first."""
    tables: dict[Personal, list[str]] = {}
    for label, declared in declarations().items():
        for told in declared.personal.values():
            known = tables.setdefault(told, [])
            if label not in known:
                known.append(label)
    found = [_line(told, labels) for told, labels in tables.items()]
    return sorted(found, key=lambda line: (line.whose, line.kept, line.purpose))


def _line(told: Personal, labels: list[str]) -> Line:
    names = ", ".join(label.partition(".")[2] for label in labels)
    return Line(told.whose.value, told.purpose, names, told.kept, told.basis.value, told.erased)
