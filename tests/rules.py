"""Which test proves which rule: `make rules`. Fails for a rule that is neither proved nor owed openly."""

import re
import sys
from collections import defaultdict
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
DOCUMENT: Final = ROOT / "docs" / "security" / "rules.md"
RULE: Final = r"[A-Z]\d+"
# How many rules each chapter has: P1–P14, F1–F11 and so on.
CHAPTERS: Final = {
    "P": 14,
    "F": 11,
    "Z": 6,
    "C": 9,
    "H": 6,
    "W": 4,
    "R": 12,
    "S": 7,
    "A": 4,
    "E": 13,
    "X": 11,
}
ALL: Final = [f"{letter}{number}" for letter, count in CHAPTERS.items() for number in range(1, count + 1)]
# metrics.md has rules with these letters too: their tests lie in these folders.
OF_FIGURES: Final = ("tests/agreement/", "tests/analytics/", "tests/datasources/", "tests/kernel/", "tests/naive/")
OF_METRICS: Final = {"E": OF_FIGURES, "S": (*OF_FIGURES, "tests/importing/")}


class Collector:
    """A pytest plugin that keeps what is collected, by rule."""

    def __init__(self) -> None:
        self.proofs: dict[str, list[str]] = defaultdict(list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Take the marks of every test; cases of one test count once."""
        for item in items:
            name = item.nodeid.partition("[")[0]
            for mark in item.iter_markers("rule"):
                if name not in self.proofs[mark.args[0]]:
                    self.proofs[mark.args[0]].append(name)


def collected() -> dict[str, list[str]]:
    """The tests of each rule of security."""
    collector = Collector()
    with redirect_stdout(StringIO()) as said:
        status = pytest.main(["--collect-only", "-qq", "-n0"], plugins=[collector])
    if status:
        sys.exit(said.getvalue())
    proofs = {rule: collector.proofs.get(rule, []) for rule in ALL}
    return {rule: [name for name in names if is_of_security(rule, name)] for rule, names in proofs.items()}


def is_of_security(rule: str, test: str) -> bool:
    """Tell the rules of privacy and staff from those of metrics."""
    return not test.startswith(OF_METRICS.get(rule[0], ()))


def owed() -> dict[str, str]:
    """The rules that are owed openly, with the reason."""
    _, _, section = DOCUMENT.read_text().partition("## Owed")
    return dict(re.findall(rf"^\| ({RULE}) \| (.+) \|$", section, re.MULTILINE))


def faults(proofs: dict[str, list[str]], debts: dict[str, str]) -> list[str]:
    """What is wrong: a rule without proof that is not owed, or one that is owed and proved, or no rule at all."""
    missing = [f"{rule} has no test and is not owed." for rule in ALL if not proofs.get(rule) and rule not in debts]
    paid = [f"{rule} is owed, but has tests." for rule in ALL if proofs.get(rule) and rule in debts]
    unknown = [f"{rule} is owed, but is no rule." for rule in debts if rule not in ALL]
    return missing + paid + unknown


def main() -> int:
    """Print each rule with its tests; answer 1 where something is wrong."""
    proofs, debts = collected(), owed()
    for rule in ALL:
        print(rule, f"owed: {debts[rule]}" if rule in debts else "")
        for name in proofs[rule]:
            print(f"    {name}")
    wrong = faults(proofs, debts)
    print(f"{sum(map(bool, proofs.values()))} of {len(ALL)} rules are proved, {len(debts)} are owed.")
    print("\n".join(wrong), file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
