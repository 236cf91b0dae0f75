"""The record of processing (Art. 30 GDPR), and what the privacy notice says of it: generated from the declarations."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from compliance.retention import OF_THE_HOST, TABLE
from compliance.stores import declarations
from putler.personal import Basis, Personal, Whose
from putler.retention import span

INTRODUCTION = """# Record of processing activities

Art. 30 GDPR. Generated from what each app declares in `personal_data.py` and `retention.py`, by
`manage.py ropa > docs/privacy/ropa.md`. A test fails while this file says something else than the code, or the code
keeps a field that is declared nowhere.

For data of members and merchants whoever runs the site is the **controller**; for data of merchants' customers it is
the **processor**, on the merchant's instructions. The name and contacts of both, and of a data protection officer where
there is one, belong to whoever runs it; they stand in the agreement on data processing, and `SECURITY_EMAIL` reaches
them.

- **Recipients**: the members of the merchant's own account; whoever hosts the site, and the sub-processors that its
  public register names. The providers that a merchant connects are the merchant's own; they are asked, and given
  nothing but the consent that they gave.
- **Transfers to third countries**: by the software none. Where a host or sub-processor is outside the EEA, the register
  names the ground.
- **Security** (Art. 32): [the rules](../security/rules.md), each with its proof; [the keys](../security/keys.md).
- **All else** says nothing of a person: the declarations name each such field too.
"""
HEAD = (
    "| what for | ground | for how long | how it goes | taken along | sealed | fields |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)


class Purpose(NamedTuple):
    """Something that is done with personal data. `fields`: of which tables and columns, sorted."""

    of: Personal
    fields: tuple[str, ...]


def purposes(whose: Whose) -> list[Purpose]:
    """All that is done with data of these people, in the order of their fields."""
    fields: dict[Personal, list[str]] = defaultdict(list)
    for label, declared in sorted(declarations().items()):
        for name, personal in sorted(declared.personal.items()):
            if personal.whose == whose:
                fields[personal].append(f"{label}.{name}")
    return [Purpose(personal, tuple(names)) for personal, names in fields.items()]


def text() -> str:
    """The record as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield INTRODUCTION
    for whose in Whose:
        role = "processor" if whose == Whose.BUYER else "controller"
        yield f"## About {whose} ({role})\n"
        yield HEAD
        for purpose in purposes(whose):
            yield _row(purpose)
        yield ""
    yield "## What goes by itself, and when\n"
    yield "| what | for how long | counted from |\n| --- | --- | --- |"
    for kept in TABLE:
        yield f"| {kept.what} | {kept.words} | {kept.since} |"
    for what, length in OF_THE_HOST:
        yield f"| {what} | {span(length)} | being written; whoever runs the host sees to it |"


def _row(purpose: Purpose) -> str:
    of, by_model = purpose.of, defaultdict(list)
    for name in purpose.fields:
        label, _, field = name.rpartition(".")
        by_model[label].append(field)
    fields = "; ".join(f"`{label}`: {', '.join(names)}" for label, names in by_model.items())
    cells = [of.purpose, str(Basis(of.basis)), of.kept, of.erased, _yes(of.is_exported), _yes(of.is_sealed), fields]
    return f"| {' | '.join(cells)} |"


def _yes(is_so: bool) -> str:  # noqa: FBT001  a cell
    return "yes" if is_so else "no"
