"""The table of the ASVS has no empty cell; what it calls done is proved, what it does not do somebody accepted."""

import re

from tests import rules
from tests.test_rules import named

STATES = {"done", "not applicable", "deviation"}


def test_each_section_is_done_with_proof_or_says_who_accepted_that_it_is_not() -> None:
    text = (rules.ROOT / "docs" / "security" / "asvs.md").read_text()
    cells = [re.split(r" \| ", row) for row in re.findall(r"^\| (V\d.*) \|$", text, re.MULTILINE)]
    proofs = named()

    assert {row[0].split()[0].partition(".")[0] for row in cells} == {f"V{number}" for number in range(1, 18)}
    for section, state, why in cells:
        assert section.strip()
        assert state in STATES, section
        assert why.strip(), section
        cited = re.findall(rf"\b{rules.RULE}\b", why.partition(";")[0]) if state != "not applicable" else []
        assert state == "not applicable" or cited, section
        for rule in cited:
            assert [path for path in proofs.get(rule, []) if rules.is_of_security(rule, path)], (section, rule)
        assert state != "deviation" or re.search(r"Accepted by .+, until .+", why), section
