"""A rule that a test names is written down, and what no test names is owed openly."""

import re
from collections import defaultdict

from tests import rules
from tests.rules import DOCUMENT, ROOT, RULE


def named() -> dict[str, list[str]]:
    """The files of tests that name each rule."""
    found = defaultdict(list)
    for path in (ROOT / "tests").rglob("*.py"):
        for rule in re.findall(rf'mark\.rule\("({RULE})"\)', path.read_text()):
            found[rule].append(path.relative_to(ROOT).as_posix())
    return found


def test_every_rule_that_a_test_proves_is_in_the_documents() -> None:
    documents = DOCUMENT.read_text() + (ROOT / "docs/metrics.md").read_text()
    written = set(re.findall(rf"\b{RULE}\b", documents))

    assert named()
    assert named().keys() <= written


def test_every_rule_is_either_proved_or_owed() -> None:
    proofs = {rule: [test for test in tests if rules.is_of_security(rule, test)] for rule, tests in named().items()}

    assert not rules.faults(proofs, rules.owed())


def test_a_rule_without_proof_is_a_fault() -> None:
    proofs = {rule: ["tests/test_site.py"] for rule in rules.ALL}

    assert rules.faults(proofs | {"P1": []}, {}) == ["P1 has no test and is not owed."]
    assert rules.faults(proofs, {"P1": "later", "Q1": "never"}) == [
        "P1 is owed, but has tests.",
        "Q1 is owed, but is no rule.",
    ]
