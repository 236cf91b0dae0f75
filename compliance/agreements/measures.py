"""Annex II: the measures that are promised are rules of docs/security/rules.md, in its words, each with its number.

A rule that is owed there is not promised; a test fails where one is named.
"""

import re
from functools import cache
from typing import Final

from django.conf import settings

from compliance.documents import Heading, Paragraph, Part, Table

DOCUMENT: Final = settings.ROOT / "docs" / "security" / "rules.md"
ROW: Final = re.compile(r"^\| ([A-Z]\d+(?:, [A-Z]\d+)*) \| (.+?) \| .+ \|$", re.MULTILINE)
TOPICS: Final[dict[str, tuple[str, ...]]] = {
    "Who gets in": ("P1", "P3", "P6", "P7", "P9", "P11", "F1", "F2", "F9"),
    "Who may do what": ("Z1", "Z2", "Z3", "Z4", "Z5"),
    "Keeping customers apart": ("R1", "R2", "R5"),
    "Encryption": ("C7", "C8", "H1", "H4"),
    "Reading no more than needed": ("C1", "C2", "C6"),
    "What staff can see": ("F7", "F8", "S1", "S2"),
    "Traceability": ("A1", "A2", "A3"),
    "Deletion": ("E6", "E7", "C9"),
    "Availability and restoring": ("R9",),
    "Protection of pages and files": ("X1", "X2", "X4", "X5", "X6", "X8", "X10"),
    "Regular review": ("X11", "E1"),
}


@cache
def proved() -> dict[str, str]:
    """What each rule says that tests prove, by its number."""
    rules, _, _ = DOCUMENT.read_text(encoding="utf-8").partition("\n## Owed")
    return {
        number: re.sub(r"[`*]|\[([^\]]+)\]\([^)]+\)", r"\1", says)
        for numbers, says in ROW.findall(rules)
        for number in numbers.split(", ")
    }


def annex() -> list[Part]:
    """The annex, without rules that are no longer proved."""
    parts: list[Part] = [
        Heading("Annex II: Technical and organisational measures", is_on_new_page=True),
        Paragraph(
            "Each measure is a rule of the software with a number, by which the processor shows on request how it is "
            "built and which automatic test proves it with every change."
        ),
    ]
    for topic, numbers in TOPICS.items():
        rows = tuple((number, proved()[number]) for number in numbers if number in proved())
        parts += [Heading(topic, level=2), Table(("Rule", "Measure"), rows, (1, 11))]
    return parts
