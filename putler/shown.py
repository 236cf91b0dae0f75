"""Which metrics a request computed, for who logs what was looked at: noted where they are computed, by no view."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_noted: ContextVar[set[str] | None] = ContextVar("shown_metrics", default=None)


@contextmanager
def noting() -> Iterator[set[str]]:
    """Collect the slugs of the metrics that are computed in this block."""
    slugs: set[str] = set()
    token = _noted.set(slugs)
    try:
        yield slugs
    finally:
        _noted.reset(token)


def note(slugs: Iterable[str]) -> None:
    """Say that these metrics were computed; outside such a block nobody listens."""
    if (noted := _noted.get()) is not None:
        noted.update(slugs)
