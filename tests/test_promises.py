"""Each sentence that the security page owes has a promise, a mechanism, rules that tests prove, and evidence."""

from pathlib import Path

import pytest

from compliance.evidence.chapters import PROMISES
from compliance.evidence.registry import MEASURES
from tests import rules
from tests.test_rules import named

pytestmark = pytest.mark.rule("E10")
# What is owed to the public, sentence by sentence in our own words, and the promises of the page that answer it.
OWED: dict[int, tuple[str, str]] = {
    1: ("customers' data are guarded by controls that are in place", "walls logged browsers"),
    2: ("the GDPR is kept to by us", "gdpr processing"),
    3: ("the GDPR is kept to by those who work for us", "others"),
    4: ("a password cannot be read in the database", "passwords"),
    5: ("choosing a strong password and keeping it is the user's part", "choosing"),
    6: ("two factors for everybody, recommended to everybody", "second_factor"),
    7: ("data belong to the user and are not sold", "never_sold"),
    8: ("accounts are looked into by permission, or when the terms seem broken", "permission"),
    9: ("sessions go by TLS with keys of 2,048 bits", "transit"),
    10: ("security is part of every phase of building", "crafting"),
    11: ("code is analysed by programs and by people", "analysis"),
    12: ("the data centres are certified by ISO 27001", "hosting"),
    13: ("a trial begins without a card", "trial"),
    14: ("name and e-mail address are stored", "basics"),
    15: ("the user connects sources of their choice", "asking"),
    16: ("permission is asked before calls are made for somebody", "asking"),
    17: ("past, present and coming data are fetched", "fetching"),
    18: ("what is fetched is stored by us", "storing secrets"),
    19: ("it is stored in several places for speed, and used for what is asked for", "storing beforehand"),
    20: ("pages and server speak by a secure way", "transit browsers"),
    21: ("without credentials nobody gets somebody's data", "doors walls"),
    22: ("nothing is fetched that is not needed", "no_more"),
    23: ("what came from a source goes after it was unlinked", "unlinking"),
    24: ("on request it goes at once", "at_once"),
    25: ("data are stored beforehand so that nobody waits for figures and history", "beforehand"),
    26: ("an agreement on data processing is signed with who asks", "agreement"),
    27: ("all activities of processing were reviewed for it", "processing"),
}
BY_SLUG = {promise.slug: promise for promise in PROMISES}


def test_every_sentence_that_is_owed_has_its_promise_and_every_promise_a_sentence() -> None:
    answered = {number: slugs.split() for number, (_, slugs) in OWED.items()}

    assert list(OWED) == list(range(1, 28))
    assert all(answered.values())
    assert {slug for slugs in answered.values() for slug in slugs} == set(BY_SLUG)


@pytest.mark.parametrize("slug", BY_SLUG)
def test_a_promise_has_a_mechanism_evidence_and_rules_that_tests_prove(slug: str) -> None:
    promise, proofs = BY_SLUG[slug], named()

    assert promise.says.endswith((".", "?"))
    assert promise.kept_by.endswith(".")
    assert promise.evidence
    assert set(promise.evidence) <= set(MEASURES)
    assert promise.rules
    for rule in promise.rules:
        assert rule in rules.ALL
        assert rule not in rules.owed(), f"{slug} rests on {rule}, which is owed."
        assert [path for path in proofs[rule] if rules.is_of_security(rule, path)], f"{slug}: {rule}"


def test_every_measurement_serves_a_promise() -> None:
    assert {name for promise in PROMISES for name in promise.evidence} == set(MEASURES)


def test_no_mark_is_written_by_hand() -> None:
    page = (
        Path("templates/compliance/promises.html").read_text() + Path("templates/compliance/_promise.html").read_text()
    )

    assert ".state|mark" in page
    for written in ('promise met"', ">Met<", "tag good"):
        assert written not in page
