"""A rule that a test names is written down."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULE = r"[A-Z]\d+"


def test_every_rule_that_a_test_proves_is_in_the_documents() -> None:
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    documents = (ROOT / "docs/security/rules.md").read_text() + (ROOT / "docs/metrics.md").read_text()

    named = set(re.findall(rf'mark\.rule\("({RULE})"\)', tests))
    written = set(re.findall(rf"\b{RULE}\b", documents))

    assert named
    assert named <= written
