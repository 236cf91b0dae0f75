"""What the comparisons say when they fail, and that everything which may go wrong does."""

from collections import Counter
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.faults.story", "tests.faults.truth")


@pytest.fixture(scope="module")
def gone_wrong() -> Iterator[list[Counter[str]]]:
    """Collect what went wrong in each seed; of many, every misfortune must have been among them."""
    from tests.faults.story import MISFORTUNES, SELDOM

    seeds: list[Counter[str]] = []
    yield seeds
    if len(seeds) >= SELDOM:
        seen = sum(seeds, Counter())
        assert MISFORTUNES <= seen.keys(), sorted(MISFORTUNES - seen.keys())
