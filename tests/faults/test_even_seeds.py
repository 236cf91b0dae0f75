"""Even seeds: whatever goes wrong while a shop is read, the ledger is the shop's and all figures follow from it.

`make faults SEEDS=500 FIRST=1000` tries others; a seed that fails fails again. Two files, so that two cores share them.
"""

from collections import Counter
from io import StringIO

import pytest
from pytest_django import Settings

from tests.faults.story import FIRST, SEEDS, check

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.mark.parametrize("seed", [seed for seed in range(FIRST, FIRST + SEEDS) if seed % 2 == 0])
def test_nothing_is_lost(
    seed: int, settings: Settings, monkeypatch: pytest.MonkeyPatch, said: StringIO, gone_wrong: list[Counter[str]]
) -> None:
    gone_wrong.append(check(seed, settings, monkeypatch, said))
