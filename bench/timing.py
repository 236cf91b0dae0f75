"""How a time is taken: once unmeasured, then five times; the median counts."""

import time
from collections.abc import Callable
from statistics import median
from typing import Final

MEASURED: Final = 5


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def typical(call: Callable[[], object], *, measured: int = MEASURED) -> float:
    """How long a call takes as a rule, in seconds."""
    call()
    return median(seconds(call) for _ in range(measured))
